import Testing

@testable import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite(.enabled(if: PageResidency() != nil, "the system does not tell"))
struct PageResidencyTests {
  private let page = AnonymousMapping.hostPageSize

  /// A mapping without huge pages: a write touches one page.
  private func mapping(pages: Int) throws -> AnonymousMapping {
    let mapping = try AnonymousMapping(length: UInt64(pages * page))
    #if os(Linux)
      _ = madvise(mapping.base, mapping.length, MADV_NOHUGEPAGE)
    #endif
    return mapping
  }

  @Test func findsFreshMemoryUntouchedAndLeavesItSo() throws {
    let residency = try #require(PageResidency())
    // More than one answer of the system holds.
    let memory = try mapping(pages: 1300)
    #expect(residency.untouchedBytes(from: memory.base, count: memory.length) == memory.length)
    var present = [UInt8](repeating: 1, count: 1300)
    #expect(mincore(memory.base, memory.length, &present) == 0)
    #expect(present.allSatisfy { $0 & 1 == 0 })
  }

  @Test func stopsAtThePageThatWasTouched() throws {
    let residency = try #require(PageResidency())
    let memory = try mapping(pages: 700)
    for touched in [650, 511, 64, 0] {
      memory.base.storeBytes(of: 1, toByteOffset: touched * page + page - 1, as: UInt8.self)
      residency.forget()
      let length = residency.untouchedBytes(from: memory.base, count: memory.length)
      #expect(length == touched * page)
    }
    let rest = memory.base + 651 * page
    #expect(residency.untouchedBytes(from: rest, count: 49 * page) == 49 * page)
  }

  @Test func countsAPageThatWasOnlyReadAsTouched() throws {
    let residency = try #require(PageResidency())
    let memory = try mapping(pages: 2)
    #expect(memory.base.load(as: UInt8.self) == 0)
    #expect(residency.untouchedBytes(from: memory.base, count: 2 * page) == 0)
  }

  @Test func answersForPartsOfPages() throws {
    let residency = try #require(PageResidency())
    let memory = try mapping(pages: 3)
    memory.base.storeBytes(of: 1, toByteOffset: 2 * page, as: UInt8.self)
    #expect(residency.untouchedBytes(from: memory.base + 100, count: 1) == 1)
    #expect(residency.untouchedBytes(from: memory.base + 100, count: 2 * page) == 2 * page - 100)
    #expect(residency.untouchedBytes(from: memory.base + 2 * page + 100, count: 8) == 0)
  }

  @Test func believesTheNoteOfAWriteBeforeItHappens() throws {
    let residency = try #require(PageResidency())
    let memory = try mapping(pages: 8)
    #expect(residency.untouchedBytes(from: memory.base, count: 8 * page) == 8 * page)
    residency.noteWrite(memory.base + 3 * page - 1, count: 2)
    #expect(residency.untouchedBytes(from: memory.base, count: 8 * page) == 2 * page)
    #expect(residency.untouchedBytes(from: memory.base + 4 * page, count: 4 * page) == 4 * page)
    #expect(residency.untouchedBytes(from: memory.base + 3 * page, count: page) == 0)
    residency.forget()
    #expect(residency.untouchedBytes(from: memory.base, count: 8 * page) == 8 * page)
  }

  @Test func takesDiscardedMemoryForFresh() throws {
    let residency = try #require(PageResidency())
    let memory = try mapping(pages: 4)
    memory.base.storeBytes(of: 1, as: UInt8.self)
    #expect(residency.untouchedBytes(from: memory.base, count: page) == 0)
    memory.discard(memory.length)
    residency.forget()
    #expect(residency.untouchedBytes(from: memory.base, count: 4 * page) == 4 * page)
  }
}
