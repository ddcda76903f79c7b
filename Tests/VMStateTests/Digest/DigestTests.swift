import TestSupport
import Testing

@testable import VMState

@Suite struct CRC32CTests {
  @Test func givesTheKnownValue() {
    #expect(CRC32C(of: Array("123456789".utf8)).value == 0xe306_9283)
    #expect(CRC32C().value == 0)
    // RFC 3720, B.4: 32 bytes of zeros, of ones, and counted upwards.
    #expect(CRC32C(of: [UInt8](repeating: 0, count: 32)).value == 0x8a91_36aa)
    #expect(CRC32C(of: [UInt8](repeating: 0xff, count: 32)).value == 0x62a8_ab43)
    #expect(CRC32C(of: [UInt8](0..<32)).value == 0x46dd_794e)
  }

  @Test func isTheSameByInstructionByTablesAndInPieces() {
    let seed = UInt64.random(in: 0...(.max))
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let count = Int.random(in: 0...40_000, using: &random)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let slow = bytes.withUnsafeBytes {
        ~CRC32CTables.bytewise(.max, $0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!, count)
      }
      let tables = bytes.withUnsafeBytes {
        ~CRC32CTables.update(.max, $0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!, count)
      }
      #expect(CRC32C(of: bytes).value == slow)
      #expect(tables == slow)
      let cut = Int.random(in: 0...count, using: &random)
      let before = CRC32C(of: Array(bytes[..<cut]))
      var whole = before
      bytes[cut...].withUnsafeBytes { whole.update($0) }
      #expect(whole.value == slow)
      let part = whole.part(since: before, count: UInt64(count - cut))
      #expect(part.value == CRC32C(of: Array(bytes[cut...])).value)
    }
  }
}

@Suite struct SHA256Tests {
  private func sum(_ text: String) -> String {
    var sum = SHA256()
    Array(text.utf8).withUnsafeBytes { sum.update($0) }
    return sum.text
  }

  // FIPS 180-4's own examples.
  @Test func givesTheKnownValues() {
    #expect(
      sum("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      sum("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      sum("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(
      sum(String(repeating: "a", count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func isTheSameInPieces() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var whole = SHA256()
    bytes.withUnsafeBytes { whole.update($0) }
    for step in [1, 7, 63, 64, 65, 129] {
      var pieces = SHA256()
      for first in stride(from: 0, to: bytes.count, by: step) {
        bytes[first..<min(first + step, bytes.count)].withUnsafeBytes { pieces.update($0) }
      }
      #expect(pieces.text == whole.text)
    }
  }
}
