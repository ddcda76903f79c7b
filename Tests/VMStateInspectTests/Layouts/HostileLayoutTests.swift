import TestSupport
import Testing
import VMState
import VMStateInspect

/// Layouts fed with bytes that are not what they expect.
@Suite struct HostileLayoutTests {
  private struct Body {
    let idstr: String
    let instance: UInt32
    let version: UInt32
    let bytes: [UInt8]
  }

  /// One body of every section of some streams.
  private static let bodies: [Body] = {
    var bodies: [String: Body] = [:]
    for name in ["7.2/pc-rich", "7.2/q35", "10.0/isapc"] {
      let bytes = (try? Fixture.stream(name)) ?? []
      for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements
      where section.kind == .full {
        let first = Int(section.bodyOffset)
        bodies[LayoutWalkName.of(section.idstr)] = Body(
          idstr: section.idstr, instance: section.instance, version: section.version,
          bytes: Array(bytes[first..<first + Int(section.bodyLength)]))
      }
    }
    return bodies.values.sorted { $0.idstr < $1.idstr }
  }()

  private func read(_ body: Body, _ bytes: [UInt8]) -> Result<Int, VMStateError> {
    var limits = Limits()
    limits.describedBytes = 8 << 20
    limits.fieldBytes = 1 << 20
    limits.elements = 1 << 16
    let context = LoadContext(limits: limits)
    return bytes.withUnsafeBytes { raw in
      var reader = StreamReader(over: raw, offset: 1000)
      do throws(VMStateError) {
        _ = try LayoutLibrary.read(
          idstr: body.idstr, instance: body.instance, version: body.version, from: &reader,
          context)
        return .success(Int(reader.position) - 1000)
      } catch {
        return .failure(error)
      }
    }
  }

  @Test func refusesEveryCut() {
    #expect(Self.bodies.count > 35)
    for body in Self.bodies {
      let cuts = stride(from: 0, to: body.bytes.count, by: max(1, body.bytes.count / 24))
      for cut in cuts {
        switch read(body, Array(body.bytes[..<cut])) {
        case .success(let length):
          // Only what is optional can be missing: subsections.
          #expect(length <= cut, "\(body.idstr)")
        case .failure(let error):
          #expect(error.offset != nil && !error.path.isEmpty, "\(body.idstr): \(error)")
          #expect(error.offset ?? 0 <= 1000 + UInt64(cut), "\(body.idstr): \(error)")
        }
      }
    }
  }

  @Test func survivesChangedBytes() {
    var random = SeededGenerator(seed: 0x1a70)
    for body in Self.bodies {
      for _ in 0..<6 {
        var bytes = body.bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let index = Int.random(in: 0..<min(bytes.count, 2000), using: &random)
          bytes[index] = [0, 5, 0x7f, 0x80, 0xff].randomElement(using: &random)!
        }
        if case .failure(let error) = read(body, bytes) {
          #expect(error.offset != nil && !error.path.isEmpty, "\(body.idstr): \(error)")
        }
      }
    }
  }

  /// Properties of the machine are tried one after another, but not for ever.
  @Test func givesUpWhereNoPropertiesFit() throws {
    for body in Self.bodies {
      var reader = StreamReader(MemoryChannel(body.bytes + [0x7e, 0, 0, 0, 1]))
      let found = try LayoutLibrary.read(
        idstr: body.idstr, instance: body.instance, version: body.version, from: &reader,
        LoadContext()
      ) { (_: inout StreamReader) throws(VMStateError) in false }
      // What the usual values gave, the reader behind it.
      #expect(found != nil && reader.error == nil && reader.position > 0, "\(body.idstr)")
    }
  }

  @Test func refusesForeignSubsections() throws {
    let body = try #require(Self.bodies.first { $0.idstr == "i8254" })
    let foreign = body.bytes + hex("05 0b") + Array("i8254/other".utf8) + hex("00000001")
    guard case .failure(let error) = read(body, foreign) else {
      Issue.record("a subsection that nobody knows is refused")
      return
    }
    #expect(error.code == .unknownSubsection && error.path == ["i8254/other"])
    #expect(error.offset == 1000 + UInt64(body.bytes.count))
  }

  @Test func refusesCountsAboveTheLimit() throws {
    let body = try #require(Self.bodies.first { $0.idstr == "PCIBUS" })
    guard case .failure(let error) = read(body, hex("7fffffff")) else {
      Issue.record("2 Gi interrupts do not fit")
      return
    }
    #expect(error.code == .limitExceeded && error.path == ["irq_count"])
  }
}

/// The part of an idstr behind its last slash.
enum LayoutWalkName {
  static func of(_ idstr: String) -> String {
    String(idstr.split(separator: "/").last ?? "")
  }
}
