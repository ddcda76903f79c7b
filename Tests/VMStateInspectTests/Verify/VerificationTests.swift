import TestSupport
import Testing
import VMState

@testable import VMStateInspect

/// Streams decoded, written again and compared.
@Suite struct VerificationTests {
  @Test func reproducesEveryRecordedStream() throws {
    let channels = try Fixture.manifest().map(\.name).filter {
      $0.wholeMatch(of: /.*multifd[0-9]/) != nil
    }
    for name in try Fixture.streams() + channels {
      let bytes = try Fixture.stream(name)
      let result = try Verification.make(MemoryChannel(bytes))
      #expect(result.difference == nil, "\(name)")
      if !name.contains("mapped") {
        #expect(result.comparedBytes == UInt64(bytes.count), "\(name)")
      }
    }
  }

  @Test func comparesWhatPassesByOnlyOnce() throws {
    let bytes = try Fixture.stream("10.0/pc")
    let result = try Verification.make(OnceChannel(bytes))
    #expect(result.isGood)
    #expect(result.comparedBytes == UInt64(bytes.count))
  }

  @Test func namesTheFieldOfTheFirstDifference() throws {
    let bytes = try Fixture.stream("10.0/pc")
    let walked = StreamWalk.collect(MemoryChannel(bytes))
    var seen = 0
    for case .section(let section) in walked.elements where section.idstr == "i8254" {
      var other = bytes
      // channels[0].irq_disabled, the first four bytes; then channels[0].count.
      other[Int(section.bodyOffset) + 5] ^= 0x40
      let result = try Verification.make(MemoryChannel(bytes), against: MemoryChannel(other))
      #expect(result.difference?.offset == section.bodyOffset + 5)
      #expect(result.difference?.original == other[Int(section.bodyOffset) + 5])
      #expect(result.difference?.written == bytes[Int(section.bodyOffset) + 5])
      #expect(
        result.difference?.place == "section 'i8254', field 'channels[0]/count' (int32)")
      seen += 1
    }
    #expect(seen == 1)
  }

  @Test func seesAnOriginalThatIsLonger() throws {
    let bytes = try Fixture.stream("10.0/none")
    let result = try Verification.make(MemoryChannel(bytes), against: MemoryChannel(bytes + [7]))
    #expect(result.difference?.offset == UInt64(bytes.count))
    let shorter = try Verification.make(
      MemoryChannel(bytes), against: MemoryChannel(bytes.dropLast()))
    #expect(shorter.difference?.offset == UInt64(bytes.count - 1))
    #expect(shorter.difference?.original == nil)
  }

  @Test func listsFieldsThatFillEveryBody() throws {
    for name in ["10.0/pc-rich", "7.2/pc-rich", "7.2/slirp"] {
      let walked = StreamWalk.collect(MemoryChannel(try Fixture.stream(name)))
      for case .section(let section) in walked.elements {
        guard let table = section.table, let state = section.state else { continue }
        let fields = BodyFields(table, state)
        #expect(fields.length == Int(section.bodyLength), "\(section.idstr)")
        var next = 0
        for place in fields.places {
          #expect(place.offset == next)
          next += place.length
        }
        #expect(next == fields.length)
      }
    }
  }
}

/// A channel without positions.
private final class OnceChannel: ByteChannel {
  private let inner: MemoryChannel
  init(_ bytes: [UInt8]) { inner = MemoryChannel(bytes) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    // Pieces of an odd size, as a pipe gives them.
    try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(30_011)))
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int { 0 }
}
