/// A map of bits in 64-bit words: bit b is bit (b mod 64) of word (b div 64), each word be64.
///
/// The number of bits comes from another member. QEMU: `vmstate_info_bitmap`,
/// migration/vmstate-types.c.
final class BitmapBody: FieldBody, @unchecked Sendable {
  private let words: ArrayStorage<UInt64>
  private let bits: @Sendable (UnsafeRawPointer) -> Int
  private let codec = ScalarCodec(UInt64.wireKind)

  init(
    offset: Int, growing: Bool, bits: @escaping @Sendable (UnsafeRawPointer) -> Int
  ) {
    self.bits = bits
    words = ArrayStorage(
      offset: offset, growth: growing ? .resized(0) : .none,
      counter: { state in
        let bits = max(0, bits(state))
        return bits / 64 + (bits % 64 == 0 ? 0 : 1)
      })
  }

  override var memory: [Range<Int>] { words.memory }
  override var typeName: String { "bitmap" }
  override func elementCount(_ state: UnsafeRawPointer) -> Int { 1 }
  override func schema(_ row: FieldRow) -> FieldSchema { FieldSchema(row, memory: memory) }

  private func checkBits(_ state: UnsafeRawPointer) throws(VMStateError) {
    guard bits(state) >= 0 else {
      throw VMStateError(
        .valueOutOfRange, "the number of bits is negative", expected: "0 or more",
        found: "\(bits(state))")
    }
  }

  override func save(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let before = writer.position
    if json != nil {
      ElementJSON.begin(
        &json!, name: row.name, type: typeName, index: 0, rest: 1, count: 1, compressed: true,
        context.profile)
    }
    do throws(VMStateError) {
      try checkBits(state)
      try words.withRun(state, count: words.count(state), changing: false) {
        (run) throws(VMStateError) in
        var progress = 0
        try codec.saveRun(run, to: &writer, progress: &progress, context)
      }
    } catch {
      throw error.at(writer.position).within(row.name)
    }
    if json != nil { ElementJSON.end(&json!, size: writer.position - before) }
  }

  override func load(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    let offset = reader.position
    do throws(VMStateError) {
      try checkBits(state)
      try words.withMutableRun(state, count: words.count(state), context) {
        (run) throws(VMStateError) in
        var progress = 0
        try codec.loadRun(run, from: &reader, since: 0, progress: &progress, context)
      }
    } catch {
      throw error.at(offset).within(row.name)
    }
  }
}
