import VMState
import VMStateInspect

/// A way of looking at a file, as a command of the tool does.
enum FileView: CaseIterable {
  case verify, json, text, memory, summary, report, pipe

  /// What came of it.
  enum Outcome {
    case whole, broken, refused
  }

  /// Looks at a stream, or at a main stream and its channels.
  ///
  /// - Throws: `VMStateError` if it is refused; a violation.
  func look(at files: [[UInt8]], _ note: String) throws -> Outcome {
    let opened = try files.map { try StateFile.open(MemoryChannel($0), name: "damaged") }
    let mains = opened.filter { $0.content != .multifdChannel }
    let source = MemorySource(
      (mains.first ?? opened[0]).channel,
      channels: opened.filter { $0.content == .multifdChannel }.map(\.channel))
    switch self {
    case .verify: return try Self.verify(opened, note)
    case .json: return try Self.dumpAndAssemble(opened, note)
    case .text: return try Self.dump(source.main)
    case .summary: return try Self.summary(source)
    case .memory: return try Self.memory(source)
    case .report: return try Self.report(source)
    case .pipe: return try Self.verify(files.map { try piped($0) }, note)
    }
  }

  private func piped(_ bytes: [UInt8]) throws -> OpenedState {
    try StateFile.open(OrderedChannel(bytes), name: "a pipe")
  }

  private static func verify(_ files: [OpenedState], _ note: String) throws -> Outcome {
    var outcome = Outcome.whole
    for file in files {
      let result = try Verification.make(file.channel) { _ throws(VMStateError) in nil }
      _ = VerificationText.lines(result, file: "file", style: .plain)
      _ = VerificationText.json(result, file: "file").jsonBytes
      // What a pipe gave before a problem is gone when the problem is seen.
      let isLost = !file.channel.capabilities.contains(.positioned)
      if let difference = result.difference, !isLost || result.summary.problems.isEmpty {
        throw Violation("\(note): byte \(difference.offset) is not written again")
      }
      for problem in result.summary.problems where problem.error.offset == nil {
        throw Violation("\(note): no offset: \(problem.error)")
      }
      if !result.summary.problems.isEmpty { outcome = .broken }
    }
    return outcome
  }

  /// The dump's text makes the same bytes again, also of what is damaged.
  private static func dumpAndAssemble(_ files: [OpenedState], _ note: String) throws -> Outcome {
    var outcome = Outcome.whole
    for file in files {
      let text = MemoryTextOutput()
      let isOrdered = !file.channel.capabilities.contains(.positioned)
      let result = try DumpJSON.dump(file.channel, to: text)
      if result.error != nil { outcome = .broken }
      if isOrdered { continue }
      let target = ComparingChannel(with: file.channel)
      do {
        _ = try Assembler.assemble(MemoryChannel(text.bytes), to: target)
      } catch {
        // In a damaged image what the comparison reads ahead may be what cannot be read.
        guard file.containers.isEmpty else { return .broken }
        throw Violation("\(note): a dump cannot be assembled: \(error)")
      }
      if let difference = target.difference {
        throw Violation("\(note): assembled, byte \(difference.offset) is another one")
      }
    }
    return outcome
  }

  private static func dump(_ channel: any ByteChannel) throws -> Outcome {
    let found = try DumpText.dump(channel, to: ClosureTextOutput { _ in })
    return found.error == nil ? .whole : .broken
  }

  private static func summary(_ source: MemorySource) throws -> Outcome {
    let found = try StreamSummary.make(source.main, channels: source.channels)
    _ = SummaryText.lines(found, file: "file")
    _ = found.json(file: "file").jsonBytes
    return found.problems.isEmpty ? .whole : .broken
  }

  private static func memory(_ source: MemorySource) throws -> Outcome {
    let found = try RAMExtraction.write(source, as: .raw, to: ForgettingChannel())
    return found.problems.isEmpty ? .whole : .broken
  }

  private static func report(_ source: MemorySource) throws -> Outcome {
    let found = try StreamExamination.make(of: source)
    try StreamReport.write(found, name: "file", to: ClosureTextOutput { _ in })
    return found.stream.problems.isEmpty ? .whole : .broken
  }
}

/// Bytes that come only in order, as from a pipe.
final class OrderedChannel: ByteChannel {
  private let source: MemoryChannel
  init(_ bytes: [UInt8]) { source = MemoryChannel(bytes) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try source.read(into: buffer)
  }
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int { 0 }
}

/// Takes bytes at positions, keeps none, and reads as zeros.
final class ForgettingChannel: ByteChannel {
  var capabilities: ChannelCapabilities { .positioned }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    return buffer.count
  }

  func seek(to position: UInt64) throws(VMStateError) {}

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    spans.reduce(0) { $0 + $1.count }
  }

  func write(
    _ spans: UnsafeBufferPointer<WriteSpan>, at position: UInt64
  ) throws(VMStateError) -> Int {
    spans.reduce(0) { $0 + $1.count }
  }
}
