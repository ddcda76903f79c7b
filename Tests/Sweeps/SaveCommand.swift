import VMState

/// Saves a small machine to a file, for programs that end this one at each of its system
/// calls; and tells whether a file is such a save, complete.
enum SaveCommand {
  static func save(_ words: [String]) throws {
    let (path, seed) = try take(words)
    let machine = try SmallMachine(seed: seed)
    try machine.saver.save(to: AtomicFileChannel(savingTo: path))
  }

  /// - Throws: A violation if the file is anything but a whole save with this seed.
  static func check(_ words: [String]) throws {
    let (path, seed) = try take(words)
    let machine = try SmallMachine(seed: seed)
    guard try ScratchFolder.content(path) == machine.save() else {
      throw Violation("\(path) is not the save of seed \(seed)")
    }
  }

  private static func take(_ words: [String]) throws -> (path: String, seed: UInt64) {
    guard words.count == 2, let seed = UInt64(words[1]) else {
      throw Violation("a path and a seed are needed")
    }
    return (words[0], seed)
  }
}
