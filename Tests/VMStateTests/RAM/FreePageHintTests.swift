import TestSupport
import Testing

@testable import VMState

/// Pages that a device says are free, and those who follow a save.
@Suite struct FreePageHintTests {
  private func source(pages: Int = 200) throws -> RAMFixture {
    let source = try RAMFixture(pages: pages)
    for page in 0..<pages { source.first.fill(page: page, with: 1) }
    return source
  }

  private func session(_ source: RAMFixture) throws -> FreePageHints.Session {
    try #require(source.handlers.freePageHints.session)
  }

  @Test func hintedPagesAreNeverSent() throws {
    let source = try source()
    let hints = source.handlers.freePageHints
    let setup = try source.setup()
    let session = try session(source)
    #expect(try hints.hint(source.first, offset: 3 * 4096, length: 150 * 4096, in: session))
    // Only in part: page 160 is sent.
    #expect(try hints.hint(source.first, offset: 160 * 4096 + 1, length: 2 * 4096, in: session))
    // The first batch of one page takes the hints up.
    let part = try source.iterate().bytes
    let pages = try RecordList(part).records.map(\.page)
    #expect(pages == [0, 1, 2] + Array(153...160) + Array(162..<200))
    #expect(source.handlers.progress.current.dirtyPages == 0)
    let sections = [setup, part, try source.complete()]
    source.handlers.saveCleanup()
    let target = try RAMFixture(pages: 200, protection: .disposable)
    try target.load(sections)
    #expect(target.first.byte(at: 4 * 4096) == 0 && target.first.byte(at: 160 * 4096) == 1)
  }

  @Test func aHintedPageThatIsWrittenLaterIsSent() throws {
    let source = try source()
    _ = try source.setup()
    try source.handlers.freePageHints.hint(
      source.first, offset: 0, length: 200 * 4096, in: session(source))
    // Written after the hint, before the save takes it up.
    source.first.put(2, at: 7 * 4096)
    _ = try source.iterate()
    let part = try source.iterateAfterSync()
    #expect(try RecordList(part).records.map(\.page) == [7])
    source.handlers.saveCleanup()
  }

  @Test func aLookAtTheDirtyLogEndsTheSession() throws {
    let source = try source()
    let hints = source.handlers.freePageHints
    #expect(hints.session == nil)
    _ = try source.setup()
    _ = try source.iterate()
    let session = try session(source)
    source.first.put(2, at: 7 * 4096)
    _ = source.handlers.pendingExact(source.context)
    // The guest was asked before it wrote the page.
    #expect(try !hints.hint(source.first, offset: 0, length: 200 * 4096, in: session))
    #expect(try RecordList(source.iterate().bytes).records.map(\.page) == [7])
    _ = try source.complete()
    #expect(hints.session == nil)
    source.handlers.saveCleanup()
  }

  @Test func refusesWhatLiesOutside() throws {
    let source = try source(pages: 4)
    _ = try source.setup()
    let session = try session(source)
    for (offset, length) in [(4 * 4096, 0), (0, 4 * 4096 + 1), (4096, -1)] as [(Int, Int)] {
      let error = #expect(throws: VMStateError.self) {
        try source.handlers.freePageHints.hint(
          source.first, offset: UInt64(offset), length: UInt64(bitPattern: Int64(length)),
          in: session)
      }
      #expect(error?.code == .ramOffset)
    }
    source.handlers.saveCleanup()
  }

  @Test func keepsABoundedNumberOfHints() throws {
    let hints = FreePageHints()
    hints.open()
    let block = try RAMBlock.make("a", pages: 1)
    let session = try #require(hints.session)
    var taken = 0
    while try hints.hint(block, offset: 0, length: 4096, in: session) { taken += 1 }
    #expect(taken == 65536)
    #expect(hints.take().count == taken)
    #expect(try hints.hint(block, offset: 0, length: 4096, in: session))
  }

  /// Steps, in order.
  private final class Steps: Sendable {
    let list = Guarded<[PrecopyEvent]>([])
    var events: [PrecopyEvent] { list.withLock { $0 } }
  }

  @Test func thoseWhoFollowTheSaveHearOfEachStep() throws {
    let memory = try RAMFixture(pages: 4)
    let steps = Steps()
    let notifiers = memory.handlers.notifiers
    struct Unwilling: Error {}
    notifiers.add { event in
      steps.list.withLock { $0.append(event) }
      if event == .complete { throw Unwilling() }
    }
    let removed = notifiers.add { _ in Issue.record("removed") }
    notifiers.remove(removed)
    let registry = SaveStateRegistry()
    try registry.registerLive("ram", version: 4, handlers: memory.handlers)
    try StateSaver(registry: registry, machine: TestMachine(), options: .none())
      .save(to: MemoryChannel())
    #expect(
      steps.events == [
        .beforeSync, .afterSync, .setup, .complete, .beforeSync, .afterSync, .cleanup,
      ])
    #expect(notifiers.failures.map(\.code) == [.machineControl])
    #expect(notifiers.failures.first?.cause is Unwilling)
  }
}
