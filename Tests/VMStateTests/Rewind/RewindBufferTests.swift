import TestSupport
import Testing

@testable import VMState

@Suite struct RewindBufferTests {
  private static func blocks() throws -> [RAMBlock] {
    [
      try .make("ram", pages: 9), try .make("video", pages: 3),
      try .make("rom", pages: 2, attributes: [.migratable, .readOnly]),
      try .make("acpi", pages: 1, maximum: 70, attributes: [.migratable, .resizeable]),
    ]
  }

  private static func mark(_ block: RAMBlock, _ offset: Int, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      do { try block.write(bytes, at: UInt64(offset)) } catch { Issue.record(error) }
    }
  }

  @Test(arguments: [false, true])
  func everyStepRestoresExactlyWhatAPlainCopyHas(_ comparesPages: Bool) throws {
    let seed = UInt64.random(in: 0...(.max))
    print("seed \(seed)")
    let rig = try RewindRig(Self.blocks(), byteLimit: 130_000) { $0.comparesPages = comparesPages }
    var walk = RewindWalk(rig, seed: seed, store: Self.mark)
    try walk.run(2500)
    #expect(walk.steps > 100)
    #expect(walk.drops > 5)
  }

  @Test func aLimitForLittleMoreThanOneFrameKeepsTheNewest() throws {
    let seed = UInt64.random(in: 0...(.max))
    print("seed \(seed)")
    let rig = try RewindRig(Self.blocks(), byteLimit: 75_000)
    var walk = RewindWalk(rig, seed: seed, store: Self.mark)
    try walk.run(400)
  }

  #if os(Linux)
    @Test func theKernelsTrackingServesPlainStores() throws {
      let tracking: any DirtyTracking
      do throws(VMStateError) {
        tracking = try DirtyTrackingMethod.pagemapScan.open().tracking
      } catch {
        return print("not permitted here: \(error)")
      }
      let seed = UInt64.random(in: 0...(.max))
      print("seed \(seed)")
      let rig = try RewindRig(Self.blocks(), byteLimit: 200_000, tracking: tracking)
      var walk = RewindWalk(rig, seed: seed) { block, offset, bytes in
        (block.memory.base + offset).copyMemory(from: bytes, byteCount: bytes.count)
      }
      try walk.run(400)
      #expect(walk.steps > 30)
    }

    @Test func whatARestoreWritesIsNoDirtyPageOfTheNextFrame() throws {
      let tracking: any DirtyTracking
      do throws(VMStateError) {
        tracking = try DirtyTrackingMethod.pagemapScan.open().tracking
      } catch {
        return print("not permitted here: \(error)")
      }
      let rig = try RewindRig([.make("ram", pages: 80)], tracking: tracking)
      let memory = try #require(rig.list["ram"]).memory.base
      try rig.buffer.capture()
      for page in 0..<70 { memory.storeBytes(of: 5, toByteOffset: page * 4096, as: UInt8.self) }
      #expect(try rig.buffer.capture().pages == 70)
      try rig.buffer.stepBack()
      memory.storeBytes(of: 9, toByteOffset: 3 * 4096, as: UInt8.self)
      #expect(try rig.buffer.capture().pages == 1)
    }
  #endif

  @Test func framesKeepOnlyTheDifferences() throws {
    let rig = try RewindRig([.make("ram", pages: 64)])
    let ram = try #require(rig.list["ram"])
    for page in 0..<32 { ram.fill(page: page, with: 1) }
    let first = try rig.buffer.capture()
    #expect(first == RewindFrame(number: 0, pages: 32, isWhole: true))
    let held = rig.buffer.byteCount
    ram.put(2, at: 40_000)
    #expect(try rig.buffer.capture() == RewindFrame(number: 1, pages: 1, isWhole: false))
    // One page, no piece of a device, the frame itself.
    #expect(rig.buffer.byteCount == held + 4096 + 12 + 24)
    rig.devices[0].state.counter = 9
    try rig.buffer.capture()
    #expect(rig.buffer.byteCount == held + 4096 + 12 + 24 + 64 + 12 + 24)
  }

  @Test func aNewFrameAfterAStepBackDropsThoseThatFollowed() throws {
    let rig = try RewindRig([.make("ram", pages: 4)])
    for value in 0..<5 {
      rig.bytes.bytes = [UInt8(value)]
      try rig.buffer.capture()
    }
    try rig.buffer.stepBack(3)
    #expect(rig.bytes.bytes == [1])
    #expect(rig.buffer.frames == 0..<5)
    try rig.buffer.stepForward()
    #expect(rig.bytes.bytes == [2])
    rig.bytes.bytes = [99]
    #expect(try rig.buffer.capture().number == 3)
    #expect(rig.buffer.frames == 0..<4)
    try rig.buffer.restore(0)
    try rig.buffer.restore(3)
    #expect(rig.bytes.bytes == [99])
    #expect(failure { try rig.buffer.stepForward() }?.code == .noSuchFrame)
  }

  @Test func aMachineThatRunsStandsStillMeanwhileAndRunsOn() throws {
    let rig = try RewindRig([.make("ram", pages: 1)])
    try rig.buffer.capture()
    try rig.buffer.restore(0)
    #expect(
      rig.machine.calls == [
        "stop save-vm", "synchronizeForSave", "start running",
        "stop restore-vm", "synchronizeBeforeLoad", "synchronizeAfterLoad", "start running",
      ])
    let own = try RewindRig([.make("ram", pages: 1)]) { $0.stopsMachine = false }
    try own.buffer.capture()
    #expect(own.machine.calls == ["synchronizeForSave"])
  }
}
