import Testing
import TestSupport
import VMState
import VMStateDSL

/// Counts and lengths that a stream has no right to.
@Suite struct HostileCountTests {
  @Test func countsBeyondTheCapacityAreRefused() {
    let fixed = VMStateDescription<Many<UInt16, InlineArray<2, UInt32>>>("k") {
      Field("n", \.n)
      Counted("f", \.f, count: \.n)
    }
    expectRefused(fixed, Many(n: 0, f: [0, 0]), "0003", .countExceedsCapacity, "3")
    let array = VMStateDescription<Many<UInt16, [UInt32]>>("k") {
      Field("n", \.n)
      Counted("f", \.f, count: \.n)
    }
    expectRefused(array, Many(n: 0, f: [0, 0]), "ffff", .countExceedsCapacity, "65535")
    let structures = VMStateDescription<Many<UInt8, InlineArray<2, Pair>>>("k") {
      Field("n", \.n)
      Counted("f", \.f, Pair.vmstate, count: \.n)
    }
    expectRefused(
      structures, Many(n: 0, f: [Pair(), Pair()]), "03", .countExceedsCapacity, "3")
    let buffer = VMStateDescription<Many<Int32, [UInt8]>>("k") {
      Field("n", \.n)
      Buffer("f", \.f, size: \.n)
    }
    expectRefused(buffer, Many(n: 0, f: [0]), "7fffffff", .countExceedsCapacity, "2147483647")
  }

  @Test func productsThatOverflowAreRefused() {
    let table = VMStateDescription<Many<UInt64, [UInt32]>>("k") {
      Field("n", \.n)
      Counted("f", \.f, count: \.n, times: 1 << 40)
    }
    let error = loadError(table, into: Many(n: 0, f: [0]), hex("00000000ffffffff"))
    #expect(error?.code == .countExceedsCapacity)
    let growing = VMStateDescription<Many<UInt64, [UInt32]>>("k") {
      Field("n", \.n)
      Counted("f", \.f, count: \.n, growing: true)
    }
    // 2^62 elements of four bytes are no number of bytes.
    let bytes = loadError(growing, into: Many(n: 0, f: [0]), hex("4000000000000000"))
    #expect(bytes?.code == .limitExceeded)
    #expect(bytes?.pathDescription.hasPrefix("f") == true)
  }

  @Test func growingFieldsStayBelowTheLimitAndAllocateNothingFirst() {
    let scalars = VMStateDescription<Many<UInt32, [UInt32]>>("k") {
      Field("n", \.n)
      Counted("f", \.f, count: \.n, growing: true)
    }
    // A limit of 16 bytes: five words are too many, four only lack their data.
    expectRefused(scalars, Many(n: 0, f: []), "00000005", .limitExceeded, "20", limit: 16)
    #expect(
      loadError(scalars, into: Many(n: 0, f: []), hex("00000004"), context: limited(16))?.code
        == .endOfStream)
    let structures = VMStateDescription<Many<UInt32, [Pair]>>("k") {
      Field("n", \.n)
      Counted("f", \.f, Pair.vmstate, count: \.n, fresh: Pair())
    }
    // Half a terabyte of structures under the default limit.
    expectRefused(structures, Many(n: 0, f: []), "7fffffff", .limitExceeded, "8589934588")
    let buffer = VMStateDescription<Many<UInt32, [UInt8]>>("k") {
      Field("n", \.n)
      Buffer("f", \.f, size: \.n, growing: true)
    }
    expectRefused(buffer, Many(n: 0, f: []), "7fffffff", .limitExceeded, "2147483647")
    let bitmap = VMStateDescription<Many<UInt64, [UInt64]>>("k") {
      Field("n", \.n)
      Bitmap("f", \.f, bits: \.n, growing: true)
    }
    expectRefused(
      bitmap, Many(n: 0, f: []), "ffffffffffffffff", .limitExceeded, "1152921504606846976")
    let pointers = VMStateDescription<Many<UInt32, [Pair?]>>("k") {
      Field("n", \.n)
      Pointers("f", \.f, Pair.vmstate, count: \.n, fresh: Pair())
    }
    let error = loadError(
      pointers, into: Many(n: 0, f: []), hex("7fffffff"),
      context: LoadContext(profile: .qemu11_1))
    #expect(error?.code == .limitExceeded)
  }

  @Test func unusedElementsOfAnyNumberEndWithTheData() {
    let table = VMStateDescription<Many<UInt32, UInt8>>("k") {
      Field("n", \.n)
      Unused(1 << 20, count: \.n)
    }
    let error = loadError(table, into: Many(n: 0, f: 0), hex("7fffffff 00"))
    #expect(error?.code == .endOfStream)
    #expect(error?.offset == 5)
  }

  @Test func anEndlessListIsCutOff() {
    let table = VMStateDescription<One<[Pair]>>("k") {
      Queue("f", \.f, Pair.vmstate, fresh: Pair())
    }
    let error = #expect(throws: VMStateError.self) {
      var reader = StreamReader(EndlessChannel())
      var state = One(f: [Pair]())
      var limits = Limits()
      limits.elements = 1000
      try table.load(&state, from: &reader, LoadContext(limits: limits))
    }
    #expect(error?.code == .limitExceeded)
    #expect(error?.expected == "at most 1000")
    #expect(error?.pathDescription == "f")
    let bytes = #expect(throws: VMStateError.self) {
      var reader = StreamReader(EndlessChannel())
      var state = One(f: [Pair]())
      try table.load(&state, from: &reader, limited(400))
    }
    #expect(bytes?.expected == "at most 400 bytes")
  }

  @Test func aTreesCountAloneAllocatesNothing() {
    let table = VMStateDescription<One<[TreeNode<UInt64, Pair>]>>("k") {
      Tree("f", \.f, value: Pair.vmstate, fresh: Pair())
    }
    let error = loadError(table, into: One(f: []), hex("ffffffff 00"))
    #expect(error?.code == .inconsistentTree)
    #expect(error?.expected == "4294967295")
  }

  @Test func nestingIsLimited() throws {
    let inner = VMStateDescription<UInt8State>("inner") { Field("f", \.f) }
      .postLoad { _, _ in }
    let middle = VMStateDescription<One<UInt8State>>("middle") { Struct("f", \.f, inner) }
    let outer = VMStateDescription<One<One<UInt8State>>>("outer") { Struct("f", \.f, middle) }
      .subsection("outer/more", needed: { _ in true }) { Struct("g", \.f, middle) }
    let bytes = try outer.bytes(of: One(f: One(f: UInt8State(f: 1))))
    var limits = Limits()
    limits.depth = 4
    let state = One(f: One(f: UInt8State(f: 0)))
    #expect(loadError(outer, into: state, bytes, context: LoadContext(limits: limits)) == nil)
    limits.depth = 3
    let below = loadError(outer, into: state, bytes, context: LoadContext(limits: limits))
    #expect(below?.code == .limitExceeded)
    #expect(below?.pathDescription == "outer/more/g/f")
    limits.depth = 2
    let first = loadError(outer, into: state, bytes, context: LoadContext(limits: limits))
    #expect(first?.pathDescription == "f/f")
  }

  @Test func randomBytesNeverTrap() {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededGenerator(seed: seed)
    var limits = Limits()
    limits.fieldBytes = 1 << 16
    for round in 0..<3000 {
      let bytes = (0..<Int.random(in: 0..<120, using: &generator)).map { _ in
        // Small values are more likely to pass for counts and markers.
        Bool.random(using: &generator)
          ? UInt8.random(in: 0...3, using: &generator)
          : UInt8.random(in: 0...255, using: &generator)
      }
      let profile = round % 2 == 0 ? StreamProfile.qemu10_0 : .qemu11_1
      let error = loadError(
        Jungle.vmstate, into: Jungle(), bytes,
        context: LoadContext(profile: profile, limits: limits))
      if let error {
        #expect(error.offset != nil, "seed \(seed), round \(round): \(error)")
        #expect(!error.path.isEmpty, "seed \(seed), round \(round): \(error)")
      }
    }
  }

  // MARK: Helpers

  private func limited(_ bytes: Int) -> LoadContext {
    var limits = Limits()
    limits.fieldBytes = bytes
    return LoadContext(limits: limits)
  }

  private func expectRefused<State>(
    _ table: VMStateDescription<State>, _ state: State, _ wire: String, _ code: VMStateError.Code,
    _ found: String, limit: Int = Limits().fieldBytes,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = loadError(table, into: state, hex(wire), context: limited(limit))
    #expect(error?.code == code, sourceLocation: sourceLocation)
    #expect(error?.found == found, sourceLocation: sourceLocation)
    #expect(error?.path.first?.hasPrefix("f") == true, sourceLocation: sourceLocation)
    #expect(error?.offset == UInt64(wire.count / 2), sourceLocation: sourceLocation)
  }
}

/// A byte as a structure.
struct UInt8State: Sendable {
  var f: UInt8
}

/// Data that never ends.
private final class EndlessChannel: ByteChannel {
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    for index in buffer.indices { buffer[index] = 1 }
    return buffer.count
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "nothing is written here")
  }
}

/// A state with everything whose form depends on the data.
private struct Jungle {
  enum Mode: UInt8 { case off, on }
  var mode = Mode.off
  var count: Int32 = 0
  var words: [UInt32] = []
  var pairs: [Pair] = []
  var bits: UInt16 = 0
  var map: [UInt64] = []
  var queue: [Pair] = []
  var tree: [TreeNode<UInt64, Pair>] = []
  var pointers: InlineArray<3, Pair?> = [nil, Pair(), nil]
  var length: UInt32 = 0
  var bytes: [UInt8] = []

  static let vmstate = VMStateDescription<Jungle>("jungle") {
    Enumeration("mode", \.mode).when { _, _ in true }
    Field("count", \.count)
    Counted("words", \.words, count: \.count, growing: true)
    Counted("pairs", \.pairs, Pair.vmstate, count: \.count, fresh: Pair())
    Field("bits", \.bits)
    Bitmap("map", \.map, bits: \.bits, growing: true)
    Queue("queue", \.queue, Pair.vmstate, fresh: Pair())
    Tree("tree", \.tree, value: Pair.vmstate, fresh: Pair())
    Pointers("pointers", \.pointers, Pair.vmstate)
    Field("length", \.length)
    Buffer("bytes", \.bytes, size: \.length, growing: true)
  }
  .subsection("jungle/more", needed: { _ in true }) { Buffer(counted: "bytes", \.bytes) }
}
