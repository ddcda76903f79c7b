import TestSupport
import Testing
import VMState

@Suite struct XBZRLEDecodeTests {
  private let zeros = [UInt8](repeating: 0, count: 4096)

  @Test func anEmptyDeltaChangesNothing() throws {
    var page = zeros
    #expect(try xbzrleApply([], to: &page) == 0)
    #expect(page == zeros)
  }

  @Test func readsLengthsInTwoBytesThatNeedOnlyOne() throws {
    // Keep 2 (82 00), change 1 (81 00): aa.
    var page = zeros
    #expect(try xbzrleApply(hex("8200 8100 aa"), to: &page) == 3)
    #expect(page[2] == 0xAA)
  }

  @Test(arguments: [
    ("05", UInt64(0)),  // a single byte
    ("00 00", 1),  // an empty changed run
    ("00 01", 1),  // the changed byte is missing
    ("00 01 aa 00 01 bb", 3),  // an empty kept run that is not the first
    ("ff1f 02 aabb", 2),  // 4095 + 2 bytes
    ("ff7f 01 aa", 0),  // keeps 16383 bytes
    ("8080 01 aa", 0),  // a length of more than two bytes
    ("01 8080", 1),
    ("01 01 aa 05", 3),  // a lone byte behind a good pair
    ("01 ff1f aa", 1),  // fewer changed bytes than it says
  ])
  func refusesADeltaThatBreaksTheRules(_ text: String, _ place: UInt64) {
    var page = zeros
    let error = #expect(throws: VMStateError.self) { try xbzrleApply(hex(text), to: &page) }
    #expect(error?.code == .badRAMRecord)
    #expect(error?.offset == 1000 + place)
  }

  @Test func refusesAnyDeltaForAPageOfNoBytes() {
    var page: [UInt8] = []
    #expect(throws: VMStateError.self) { try xbzrleApply(hex("00 01 aa"), to: &page) }
  }

  @Test func agreesWithTheReferenceOnDamagedDeltas() {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    var accepted = 0
    for round in 0..<3000 {
      let old = (0..<512).map { _ in UInt8.random(in: 0...255, using: &random) }
      let delta = damagedDelta(&random)
      var page = old
      let end = try? xbzrleApply(delta, to: &page)
      let expected = XBZRLEReference.decode(delta, into: old)
      #expect(end == expected?.end, "seed \(seed), round \(round)")
      if let expected {
        #expect(page == expected.page, "seed \(seed), round \(round)")
        accepted += 1
      }
    }
    #expect(accepted > 100 && accepted < 2900, "seed \(seed)")
  }

  /// A delta made at random, mostly by the rules.
  private func damagedDelta(_ random: inout SeededGenerator) -> [UInt8] {
    var delta: [UInt8] = []
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      XBZRLEReference.append(Int.random(in: 0...80, using: &random), to: &delta)
      let count = Int.random(in: 1...60, using: &random)
      XBZRLEReference.append(count, to: &delta)
      delta += (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    switch Int.random(in: 0...3, using: &random) {
    case 0: delta.removeLast(Int.random(in: 0...delta.count, using: &random))
    case 1:
      let place = Int.random(in: 0..<delta.count, using: &random)
      delta[place] = UInt8.random(in: 0...255, using: &random)
    default: break
    }
    return delta
  }

  @Test func copiesRunsOfEveryShortLengthAndNothingBesideThem() throws {
    for length in 1...40 {
      for place in 0...20 {
        var page = [UInt8](repeating: 0x55, count: 80)
        let new = (0..<length).map { UInt8($0 + 100) }
        let delta = [UInt8(place), UInt8(length)] + new
        #expect(try xbzrleApply(delta, to: &page) == place + length)
        #expect(Array(page[place..<place + length]) == new)
        #expect(page[..<place].allSatisfy { $0 == 0x55 })
        #expect(page[(place + length)...].allSatisfy { $0 == 0x55 })
      }
    }
  }
}
