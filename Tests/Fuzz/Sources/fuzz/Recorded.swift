#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The recorded streams that are small enough for an input and not packed.
enum Recorded {
  static var small: [[UInt8]] {
    ["7.2/none", "7.2/none-noram", "10.0/none"].map { name in
      let here = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false)
      let path = here.dropLast(4).joined(separator: "/") + "/Fixtures/\(name).stream"
      guard let file = fopen(path, "rb") else { fatalError("no \(path)") }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 65536)
      return Array(bytes.prefix(fread(&bytes, 1, bytes.count, file)))
    }
  }
}
