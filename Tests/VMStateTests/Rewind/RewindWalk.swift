import TestSupport
import Testing

@testable import VMState

/// A random walk over a rewind buffer beside plain full copies of every frame.
struct RewindWalk {
  let rig: RewindRig
  /// Stores bytes in a block, and marks them where the tracking needs that.
  let store: (RAMBlock, Int, [UInt8]) -> Void
  var random: SeededGenerator
  var copies: [Int: RewindRig.Copy] = [:]
  var steps = 0
  var drops = 0

  init(_ rig: RewindRig, seed: UInt64, store: @escaping (RAMBlock, Int, [UInt8]) -> Void) {
    self.rig = rig
    self.store = store
    random = SeededGenerator(seed: seed)
  }

  mutating func run(_ count: Int) throws {
    for _ in 0..<count {
      switch random.next() % 20 {
      case 0..<10: try capture()
      case 10..<15: try step(Int.random(in: -4...4, using: &random))
      case 15..<17: try restoreAny()
      case 17: try refuseLoad()
      case 18: try refuseSave()
      default: if random.next() % 8 == 0 { rig.buffer.removeAll() }
      }
      runOn()
      #expect(rig.buffer.byteCount <= Int(rig.buffer.options.byteLimit))
      #expect(
        rig.buffer.position.map { rig.buffer.frames.contains($0) } ?? rig.buffer.frames.isEmpty)
    }
  }

  /// The machine changes memory and devices.
  private mutating func runOn() {
    let blocks = rig.list.blocks
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      let block = blocks[Int.random(in: 0..<blocks.count, using: &random)]
      let page = Int.random(in: 0..<Int(block.usedLength) / 4096, using: &random)
      let place = Int.random(in: 0..<4096, using: &random)
      switch random.next() % 6 {
      case 0: store(block, page * 4096, pageBytes(0))
      case 1: store(block, page * 4096 + place, [block.byte(at: page * 4096 + place)])
      case 2 where (page + 2) * 4096 <= Int(block.usedLength):
        store(block, page * 4096 + place, pageBytes(UInt8.random(in: 0...3, using: &random)))
      default: store(block, page * 4096 + place, [UInt8.random(in: .min ... .max, using: &random)])
      }
    }
    for device in rig.devices where Bool.random(using: &random) { device.state.change(&random) }
    if random.next() % 4 == 0 {
      rig.bytes.bytes = (0..<random.next() % 100).map { UInt8($0) }
    }
  }

  private mutating func capture() throws {
    let before = rig.buffer.frames
    let frame = try rig.buffer.capture()
    let now = rig.copy
    copies[frame.number] = now
    copies = copies.filter { rig.buffer.frames.contains($0.key) }
    #expect(rig.buffer.position == frame.number)
    #expect(rig.buffer.frames.upperBound == frame.number + 1)
    if frame.isWhole { #expect(rig.buffer.frames.count == 1) }
    if !before.isEmpty, rig.buffer.frames.lowerBound > before.lowerBound { drops += 1 }
  }

  private mutating func step(_ count: Int) throws {
    let buffer = rig.buffer
    guard let position = buffer.position else { return }
    try restore(position + count) {
      try count < 0 ? buffer.stepBack(-count) : buffer.stepForward(count)
    }
  }

  private mutating func restoreAny() throws {
    let buffer = rig.buffer
    guard let frame = buffer.frames.randomElement(using: &random) else { return }
    try restore(frame) { try buffer.restore(frame) }
  }

  private mutating func restore(_ number: Int, _ body: () throws -> Void) throws {
    let before = rig.copy
    guard rig.buffer.frames.contains(number) else {
      #expect(failure(body)?.code == .noSuchFrame)
      #expect(rig.copy == before)
      return
    }
    try body()
    steps += 1
    #expect(rig.buffer.position == number)
    #expect(rig.copy == copies[number], "frame \(number)")
  }

  /// A hook that refuses leaves everything as it is, and the next step is good.
  private mutating func refuseLoad() throws {
    guard let frame = rig.buffer.frames.randomElement(using: &random) else { return }
    let (before, position, held) = (rig.copy, rig.buffer.position, rig.buffer.byteCount)
    rig.bytes.postLoad = { _, _ in throw Refusal() }
    let error = failure { try rig.buffer.restore(frame) }
    rig.bytes.postLoad = nil
    #expect(error?.code == .hookFailed)
    #expect(error?.path == ["bytes"])
    #expect(rig.copy == before)
    #expect(rig.buffer.position == position)
    #expect(rig.buffer.byteCount == held)
    #expect(rig.machine.runState == .running)
  }

  private mutating func refuseSave() throws {
    let frames = rig.buffer.frames
    let position = rig.buffer.position
    rig.bytes.preSave = { throw Refusal() }
    let error = failure { try rig.buffer.capture() }
    rig.bytes.preSave = nil
    #expect(error?.code == .hookFailed)
    if position != nil { #expect(rig.buffer.frames == frames) }
    #expect(rig.buffer.position == position)
  }
}
