import VMState
import VMStateInspect

/// A stream with the multifd channels that were named beside it, in any order.
struct StreamFiles {
  /// The stream, or the main channel.
  var main: OpenedState
  /// The files of the channels.
  var channels: [OpenedState] = []

  /// Sorts files by what is in them.
  ///
  /// - Throws: `refused` unless exactly one of them is no channel; what opening throws.
  init(
    _ files: [String], _ input: InputOptions, _ console: Console
  ) throws(VMStateError) {
    var mains: [OpenedState] = []
    for file in files {
      let state = try input.open(file, console)
      if state.content == .multifdChannel { channels.append(state) } else { mains.append(state) }
    }
    guard mains.count == 1, let main = mains.first else {
      throw VMStateError(
        .refused, "these files are not one stream and its multifd channels",
        expected: "one stream", found: "\(mains.count)")
    }
    self.main = main
  }

  /// For everything about memory.
  var source: MemorySource {
    MemorySource(main.channel, channels: channels.map(\.channel))
  }
}

extension Console {
  /// Text for a command's result on standard output.
  var text: ClosureTextOutput { ClosureTextOutput { bytes in self.out.write(bytes) } }

  /// Says what is wrong with a stream, one line each.
  func remark(_ problems: [StreamProblem], of name: String) {
    for problem in problems.prefix(16) {
      remark(PrintableText.escaped("\(name): \(problem.error)"))
    }
  }
}
