import TestSupport
import Testing
import VMState

/// The encoder over arrays, with guards behind the room to see that nothing is written there.
func xbzrle(_ old: [UInt8], _ new: [UInt8], limit: Int? = nil) -> [UInt8]? {
  let limit = limit ?? new.count
  var room = [UInt8](repeating: 0xA5, count: limit + 32)
  let count = old.withUnsafeBytes { old in
    new.withUnsafeBytes { new in
      room.withUnsafeMutableBytes {
        XBZRLE.encode(
          old: old, new: new, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<limit]))
      }
    }
  }
  #expect(room[limit...].allSatisfy { $0 == 0xA5 })
  return count.map { Array(room[..<$0]) }
}

/// The decoder over arrays.
func xbzrleApply(_ delta: [UInt8], to page: inout [UInt8]) throws(VMStateError) -> Int {
  var failure: VMStateError?
  let end = delta.withUnsafeBytes { delta in
    page.withUnsafeMutableBytes { page -> Int in
      do throws(VMStateError) {
        return try XBZRLE.decode(delta, into: page, at: 1000)
      } catch {
        failure = error
        return 0
      }
    }
  }
  if let failure { throw failure }
  return end
}

@Suite struct XBZRLETests {
  private let zeros = [UInt8](repeating: 0, count: 4096)

  private func page(_ changes: [(Range<Int>, UInt8)]) -> [UInt8] {
    var page = zeros
    for (range, value) in changes { for index in range { page[index] = value } }
    return page
  }

  @Test func givesTheBytesOfTheKnownVectors() {
    #expect(xbzrle(zeros, zeros) == [])
    #expect(xbzrle(zeros, page([(0..<1, 1)])) == hex("00 01 01"))
    #expect(xbzrle(zeros, page([(127..<128, 0xAA)])) == hex("7f 01 aa"))
    #expect(xbzrle(zeros, page([(128..<129, 0xAA)])) == hex("80 01 01 aa"))
    #expect(xbzrle(zeros, page([(4095..<4096, 1)])) == hex("ff 1f 01 01"))
    let three = page([(16..<17, 0x11), (17..<18, 0x22), (18..<19, 0x33), (20..<21, 0x44)])
    #expect(xbzrle(zeros, three) == hex("10 03 112233 01 01 44"))
    var (old, new) = (zeros, zeros)
    (old[0x123], old[0x200], old[0x201]) = (0x4E, 0x9F, 1)
    (new[0x123], new[0x200], new[0x201]) = (0x4F, 0xA0, 1)
    #expect(xbzrle(old, new) == hex("a302 01 4f dc01 01 a0"))
  }

  @Test func givesUpExactlyWhereTheClassicEncoderDoes() {
    let full = [UInt8](repeating: 0xFF, count: 4096)
    #expect(xbzrle(zeros, full) == nil)
    #expect(xbzrle(zeros, page([(0..<4091, 0xFF)])) == hex("00 fb1f") + full[..<4091])
    // 4095 bytes would fit, but the check before the rest that stays comes first.
    #expect(xbzrle(zeros, page([(0..<4092, 0xFF)])) == nil)
    #expect(xbzrle(zeros, page([(4..<4096, 0xFF)])) == hex("04 fc1f") + full[..<4092])
    #expect(xbzrle(zeros, page([(3..<4096, 0xFF)])) == hex("03 fd1f") + full[..<4093])
    #expect(xbzrle(zeros, page([(2..<4096, 0xFF)])) == nil)
    // Every second byte: three bytes for each, 1364 of them are 4092 bytes.
    func everySecond(_ count: Int) -> [UInt8] { page((0..<count).map { ($0 * 2..<$0 * 2 + 1, 1) }) }
    #expect(xbzrle(zeros, everySecond(1364))?.count == 4092)
    #expect(xbzrle(zeros, everySecond(1364))?.prefix(6) == hex("00 01 01 01 01 01")[...])
    #expect(xbzrle(zeros, everySecond(1365)) == nil)
    #expect(xbzrle(zeros, everySecond(2047)) == nil)
  }

  @Test(arguments: [0, 1, 2, 7, 8, 31, 127, 128, 1000, 2048, 3089])
  func encodesTheRangeFamily(_ length: Int) throws {
    var (old, new) = (zeros, zeros)
    for index in stride(from: 1, through: length, by: 1) {
      old[1000 + index] = UInt8((index + 4) & 255)
      new[1000 + index] = UInt8(index & 255)
    }
    (old[1000 + length + 3], old[1000 + length + 5]) = (107, 109)
    (new[1000 + length + 3], new[1000 + length + 5]) = (103, 105)
    let delta = try #require(xbzrle(old, new))
    if length > 0 {
      var expected = hex("e907")
      XBZRLEReference.append(length, to: &expected)
      expected += new[1001...1000 + length] + hex("02 01 67 01 01 69")
      #expect(delta == expected)
    }
    var page = old
    #expect(try xbzrleApply(delta, to: &page) == 1000 + length + 6)
    #expect(page == new)
  }

  @Test func agreesWithTheReferenceOnRandomPagesOfManyDensities() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    for round in 0..<600 {
      let (old, new) = randomPages(&random)
      // Room as in QEMU, and at random short.
      let limit = round % 3 == 0 ? Int.random(in: 0...4200, using: &random) : old.count
      let expected = XBZRLEReference.encode(old: old, new: new, limit: limit)
      let delta = xbzrle(old, new, limit: limit)
      #expect(delta == expected, "seed \(seed), round \(round)")
      guard let delta else { continue }
      var page = old
      _ = try xbzrleApply(delta, to: &page)
      #expect(page == new, "seed \(seed), round \(round)")
    }
  }

  /// Pages with runs of random lengths, from lone bytes to a whole page.
  private func randomPages(_ random: inout SeededGenerator) -> ([UInt8], [UInt8]) {
    let size = [4096, 4096, 4096, 1024, 8192, 100, 33, 8].randomElement(using: &random)!
    let old = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
    var new = old
    let most = 1 << Int.random(in: 0...13, using: &random)
    let mostGap = 1 << Int.random(in: 0...13, using: &random)
    var index = Int.random(in: 0...mostGap, using: &random)
    while index < size {
      let end = min(size, index + Int.random(in: 1...most, using: &random))
      for place in index..<end {
        new[place] = old[place] ^ UInt8.random(in: 1...255, using: &random)
      }
      index = end + Int.random(in: 1...mostGap, using: &random)
    }
    return (old, new)
  }

  @Test func agreesWithTheReferenceForEveryPlaceAndLengthOfARun() {
    let old = (0..<96).map { UInt8($0 * 7 & 255) }
    for start in 0..<72 {
      for length in 1...min(40, 96 - start) {
        var new = old
        for index in start..<start + length { new[index] ^= 0x80 }
        #expect(xbzrle(old, new) == XBZRLEReference.encode(old: old, new: new, limit: 96))
      }
    }
  }

  @Test func doesNotMistakeDifferencesOfOneForZeros() {
    // 0x01 and 0x80 as differences are what a test for zero bytes can get wrong.
    let old = [UInt8](repeating: 0, count: 64)
    for value in [UInt8(1), 0x80, 0x7F, 0xFF] {
      for mask in 0..<256 {
        let new = (0..<64).map { mask >> ($0 & 7) & 1 == 1 ? value : UInt8(0) }
        #expect(
          xbzrle(old, new, limit: 300) == XBZRLEReference.encode(old: old, new: new, limit: 300))
      }
    }
  }

  @Test func hasNoDeltaForRunsThatTheFormatCannotHold() {
    let old = [UInt8](repeating: 0, count: 65536)
    var new = old
    new[0x3FFF] = 1
    #expect(xbzrle(old, new) == hex("ff7f 01 01"))
    new[0x3FFF] = 0
    new[0x4000] = 1
    #expect(xbzrle(old, new) == nil)
    for index in 0x4000..<0x7FFF { new[index] = 1 }
    new[0] = 1
    new[0x3000] = 1
    #expect(xbzrle(old, new)?.count == 3 + 4 + 4 + 0x3FFF)
    new[0x7FFF] = 1
    #expect(xbzrle(old, new) == nil)
  }

  @Test func anEmptyPageHasNoDelta() {
    #expect(xbzrle([], []) == [])
  }
}
