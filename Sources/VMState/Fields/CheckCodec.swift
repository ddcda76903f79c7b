/// A value that must agree with the one at the destination.
///
/// QEMU: `vmstate_info_uint32_equal` and its relatives, `vmstate_info_int32_le`,
/// migration/vmstate-types.c.
final class CheckCodec: ElementCodec, @unchecked Sendable {
  enum Rule: Sendable {
    /// Equal to the present value.
    case equal
    /// Between 0 and the present value (32 bits, signed); stored.
    case atMost
  }

  let kind: WireKind
  let rule: Rule
  let hint: String?

  init(_ kind: WireKind, _ rule: Rule, hint: String?) {
    self.kind = kind
    self.rule = rule
    self.hint = hint
  }

  // The name "int64 equal" for an unsigned 64-bit value is QEMU's.
  override var typeName: String {
    switch rule {
    case .atMost: "int32 le"
    case .equal: (kind.width == 8 ? "int64" : kind.typeName) + " equal"
    }
  }
  override var fixedSize: Int? { kind.width }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let target = writer.reserve(kind.width)
    writer.advance(to: PlanLoops.emit(PlanKind.of(kind), element, 1, target))
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    let offset = reader.position
    let source = try reader.need(kind.width)
    var received: UInt64 = 0
    withUnsafeMutableBytes(of: &received) {
      PlanLoops.absorb(PlanKind.of(kind), $0.baseAddress!, 1, source)
    }
    reader.advance(kind.width)
    switch rule {
    case .equal: try checkEqual(element, UInt64(littleEndian: received), offset)
    case .atMost: try checkRange(element, Int32(truncatingIfNeeded: received), offset)
    }
  }

  private func checkEqual(
    _ element: UnsafeRawPointer, _ received: UInt64, _ offset: UInt64
  ) throws(VMStateError) {
    var present: UInt64 = 0
    withUnsafeMutableBytes(of: &present) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: element, count: kind.width))
    }
    guard present.littleEndian == received else {
      throw VMStateError(
        .valueMismatch,
        "the value must equal this machine's" + (hint.map { " (\($0))" } ?? ""), offset: offset,
        expected: text(present.littleEndian), found: text(received))
    }
  }

  private func checkRange(
    _ element: UnsafeMutableRawPointer, _ received: Int32, _ offset: UInt64
  ) throws(VMStateError) {
    let present = element.loadUnaligned(as: Int32.self)
    guard received >= 0, received <= present else {
      throw VMStateError(
        .valueOutOfRange, "the value is outside its range", offset: offset,
        expected: "0 to \(present)", found: "\(received)")
    }
    element.storeBytes(of: received, as: Int32.self)
  }

  private func text(_ value: UInt64) -> String {
    guard kind.typeName.hasPrefix("int") else { return "\(value)" }
    let unused = Int64(64 - kind.width * 8)
    return "\((Int64(bitPattern: value) << unused) >> unused)"
  }
}
