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
    // Other forms have files of their own for channels: `SaveStatistics`.
    count = form == .mapped ? Int(number) : 0
    isDirect = options.has("--direct")
    guard !isDirect || (form == .mapped && number > 0) else {
      throw UsageError(
        message: "--direct goes with --form mapped-ram and --channels: the stream itself never is")
    }
  }

  /// The descriptors for a file; nil if all goes over the main one.
  func open(_ file: any PagedFile) throws -> MultifdChannels? {
    guard count > 0 else { return nil }
    return try MultifdChannels(pagesOf: file, count: count, isDirect: isDirect)
  }
}
