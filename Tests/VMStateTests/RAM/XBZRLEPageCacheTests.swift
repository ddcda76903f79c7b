import Testing

@testable import VMState

@Suite struct XBZRLEPageCacheTests {
  private func insert(
    _ cache: XBZRLEPageCache, _ address: UInt64, _ byte: UInt8, age: UInt64
  ) -> Bool {
    pageBytes(byte).withUnsafeBytes { cache.insert(address, $0.baseAddress!, age: age) != nil }
  }

  private func byte(_ cache: XBZRLEPageCache, _ address: UInt64, age: UInt64) -> UInt8? {
    cache.lookup(address, age: age).map { $0.load(fromByteOffset: 4095, as: UInt8.self) }
  }

  // Two slots: pages 0 and 2 share the first, page 1 has the second.
  private func cache() throws -> XBZRLEPageCache {
    try XBZRLEPageCache(size: 8192, pageSize: .standard)
  }

  @Test func findsWhatWasKept() throws {
    let cache = try cache()
    #expect(byte(cache, 0, age: 1) == nil)
    #expect(insert(cache, 0, 5, age: 1) && insert(cache, 0x1000, 6, age: 1))
    #expect(byte(cache, 0, age: 1) == 5 && byte(cache, 0x1000, age: 1) == 6)
    #expect(byte(cache, 0x2000, age: 1) == nil)
    #expect(insert(cache, 0, 7, age: 1))
    #expect(byte(cache, 0, age: 1) == 7)
  }

  @Test func keepsAPageOfThisRoundAndTheLastOne() throws {
    let cache = try cache()
    #expect(insert(cache, 0, 5, age: 4))
    #expect(!insert(cache, 0x2000, 6, age: 4))
    #expect(!insert(cache, 0x2000, 6, age: 5))
    #expect(byte(cache, 0, age: 4) == 5)
    #expect(insert(cache, 0x2000, 6, age: 6))
    #expect(byte(cache, 0, age: 6) == nil && byte(cache, 0x2000, age: 6) == 6)
  }

  @Test func aHitMakesAPageYoungAgain() throws {
    let cache = try cache()
    #expect(insert(cache, 0, 5, age: 1))
    #expect(byte(cache, 0, age: 3) == 5)
    #expect(!insert(cache, 0x2000, 6, age: 4))
    #expect(insert(cache, 0x2000, 6, age: 5))
  }
}
