import DeviceModels
import VMState
import VMStateInspect

/// The program without a subcommand: save while it runs, load, compare, refuse a damaged copy.
struct Demonstration {
  private let isTracing: Bool
  private let path: String
  private let source: ExampleMachine
  private let destination: ExampleMachine

  private static let memoryBytes: UInt64 = 64 << 20

  init(_ options: Options) throws {
    isTracing = options.has("--trace")
    path = try options.text("--output") ?? Self.temporaryPath()
    source = try Self.machine(seed: 1)
    destination = try Self.machine(seed: 2)
  }

  private static func temporaryPath() throws -> String {
    guard let folder = makeTemporaryFolder() else {
      throw VMStateError(.channelFailed, "there is no place for temporary files; use --output FILE")
    }
    return folder + "/machine.stream"
  }

  private static func machine(seed: UInt64) throws -> ExampleMachine {
    var options = ExampleMachine.Options()
    options.memoryBytes = memoryBytes
    options.seconds = timeOfDay()
    options.seed = seed
    return try ExampleMachine(options)
  }

  /// Runs all steps.
  ///
  /// - Returns: `good` only if everything held.
  func run() throws -> ExitCode {
    try build()
    try save()
    try load()
    guard try compare(), try refuseDamage(), try goOn() else { return .failed }
    summarize()
    return .good
  }

  // MARK: Steps

  private func build() throws {
    let sections = source.registry.entries.count
    say("1. A PC: \(sections) entries to save, \(Self.memoryBytes >> 20) MiB of memory.")
    source.fillMemory(0x2000..<16 << 20, seed: 7)
    try source.start()
    pause(milliseconds: 100)
    say(
      "   Its guest runs, takes timer interrupts (\(source.timerTicks) so far) and writes memory.")
  }

  private func save() throws {
    say("2. Saving it while it runs, to \(path)")
    var saver = source.saver
    saver.options.maximumBandwidth = 32 << 20
    saver.options.downtimeLimit = .milliseconds(20)
    var line = ProgressLine()
    var next = Duration.zero
    let result = try saver.save(
      to: AtomicFileChannel(savingTo: path), observer: isTracing ? TracePrinter() : nil
    ) { progress in
      guard !isTracing, progress.phase == .iterating else { return }
      let isStep = progress.elapsed >= next
      if isStep { next = progress.elapsed + .milliseconds(400) }
      line.show("   " + Self.text(progress), isStep: isStep)
    }
    line.end()
    say(
      "   Saved \(PrintableText.bytes(result.bytes)) in \(Self.text(result.progress.elapsed)), "
        + "memory looked through \(result.progress.dirtySyncCount) times; "
        + "the guest stood still for \(result.downtime.map(Self.text) ?? "no time").")
  }

  private func load() throws {
    say("3. Loading it into a second machine")
    let result = try destination.loader.load(from: FileChannel(reading: path))
    say(
      "   Loaded \(result.loadedEntries.count) entries and \(result.progress.pages) pages, "
        + "\(result.warnings.count) warnings.")
    for warning in result.warnings { say("   warning: \(warning)") }
  }

  private func compare() throws -> Bool {
    say("4. Comparing the two machines")
    let left = try source.deviceSections()
    let right = try destination.deviceSections()
    let different = zip(left, right).filter { $0.name != $1.name || $0.bytes != $1.bytes }
    let bytes = left.reduce(0) { $0 + $1.bytes.count }
    guard left.count == right.count, different.isEmpty else {
      say("   Device state differs: \(different.map(\.0.name).joined(separator: ", ")).")
      return false
    }
    say("   Device state: \(left.count) sections, \(bytes) bytes, equal byte for byte.")
    guard Self.haveEqualMemory(source, destination) else {
      say("   Memory differs.")
      return false
    }
    say("   Memory: \(Self.memoryBytes >> 20) MiB, equal byte for byte.")
    return true
  }

  private func refuseDamage() throws -> Bool {
    say("5. A damaged copy: the interval timer's count set to 0, which it cannot have")
    let before = try destination.deviceSections()
    let damaged = try DamagedCopy.make(of: path)
    do throws(VMStateError) {
      _ = try destination.loader.load(from: damaged)
      say("   It was loaded, which must not happen.")
      return false
    } catch {
      say("   Refused: \(error)")
    }
    let after = try destination.deviceSections()
    guard before.elementsEqual(after, by: { $0 == $1 }), Self.haveEqualMemory(source, destination)
    else {
      say("   The second machine has changed.")
      return false
    }
    say("   The second machine is as before, devices and memory.")
    return true
  }

  private func goOn() throws -> Bool {
    let before = destination.timerTicks
    try destination.start()
    pause(milliseconds: 100)
    destination.stop(.paused)
    let after = destination.timerTicks
    say(
      "6. The second machine runs on: its guest counted \(before) timer interrupts, now \(after).")
    return after > before
  }

  private func summarize() {
    say("7. What is in the file")
    guard let channel = try? FileChannel(reading: path),
      let summary = try? StreamSummary.make(channel)
    else { return }
    for line in SummaryText.lines(summary, file: path) { say("   " + line) }
    say()
    say("Everything held. Look at the file's sections next:")
    say("  swift run vmstate-dump sections \(path)")
  }
}

// MARK: - Texts and comparisons

extension Demonstration {
  private static func text(_ progress: SaveProgress) -> String {
    "\(text(progress.elapsed)): \(progress.transferredBytes >> 20) MiB sent, "
      + "\(progress.dirtyPagesLeft) pages left"
  }

  private static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    return milliseconds < 1000
      ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
  }

  private static func haveEqualMemory(_ left: ExampleMachine, _ right: ExampleMachine) -> Bool {
    zip(left.blocks.blocks, right.blocks.blocks).allSatisfy { left, right in
      left.idstr == right.idstr && left.usedLength == right.usedLength
        && areEqual(left.memory.base, right.memory.base, count: Int(left.usedLength))
    }
  }
}
