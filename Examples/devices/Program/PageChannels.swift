import VMState

/// The options `--channels` and `--direct`: the pages of a mapped-ram file over more descriptors
/// of it.
struct PageChannels {
  static let options: Set<String> = ["--channels"]
  static let flags: Set<String> = ["--direct"]

  let count: Int
  let isDirect: Bool

  init(_ options: Options, _ form: MemoryForm) throws {
    let number = try options.number("--channels", default: 0)
    guard number <= 255 else { throw UsageError(message: "--channels is 0 to 255") }
    count = Int(number)
    isDirect = options.has("--direct")
    guard form == .mapped || (count == 0 && !isDirect) else {
      throw UsageError(message: "--channels and --direct go with --form mapped-ram here")
    }
    guard count > 0 || !isDirect else {
      throw UsageError(message: "--direct goes with --channels: the stream itself never is")
    }
  }

  /// The descriptors for a file; nil if all goes over the main one.
  func open(_ file: any PagedFile) throws -> MultifdChannels? {
    guard count > 0 else { return nil }
    return try MultifdChannels(pagesOf: file, count: count, isDirect: isDirect)
  }
}
