import TestSupport
import Testing
import VMState

@Suite struct StreamReaderInPlaceTests {
  private let large = (0..<100_000).map { UInt8($0 & 0xFF) }

  @Test(arguments: [0, 1, 32768, 32769, 100_000])
  func lendsAnyNumberOfBytesOnce(_ count: Int) throws {
    var reader = StreamReader(MemoryChannel(large))
    let taken = try reader.withBytes(count) { raw throws(VMStateError) in Array(raw) }
    #expect(taken == Array(large[..<count]))
    #expect(reader.position == UInt64(count))
  }

  @Test func lendsMemoryWhereItStands() throws {
    try large.withUnsafeBytes { memory in
      var reader = StreamReader(over: memory)
      let first = try reader.withBytes(100_000) { raw throws(VMStateError) in raw.baseAddress }
      #expect(first == memory.baseAddress)
    }
  }

  @Test func refusesCountsAboveTheLimitBeforeReading() {
    for count in [11, 40_000, -1, .max] {
      var reader = StreamReader(MemoryChannel(large))
      let error = #expect(throws: VMStateError.self) {
        try reader.withBytes(count, limit: 10) { _ throws(VMStateError) in }
      }
      #expect(error?.code == .limitExceeded && error?.offset == 0)
    }
  }

  @Test(arguments: [100, 40_000])
  func throwsWhatTheBodyThrowsAndTheEndOfTheStream(_ count: Int) {
    var reader = StreamReader(MemoryChannel(large))
    let error = #expect(throws: VMStateError.self) {
      try reader.withBytes(count) { _ throws(VMStateError) in
        throw VMStateError(.badRecord, "no")
      }
    }
    #expect(error?.code == .badRecord)
    var short = StreamReader(MemoryChannel(Array(large[..<(count - 1)])))
    let end = #expect(throws: VMStateError.self) {
      try short.withBytes(count) { _ throws(VMStateError) in }
    }
    #expect(end?.code == .endOfStream)
  }

  @Test func copiesToAWriterAndStopsWithTheData() throws {
    var reader = StreamReader(MemoryChannel(large))
    let copied = try written { try reader.copy(70_000, to: &$0) }
    #expect(copied == Array(large[..<70_000]))
    let error = #expect(throws: VMStateError.self) {
      try written { try reader.copy(.max, to: &$0) }
    }
    #expect(error?.code == .endOfStream && error?.offset == 100_000)
  }
}
