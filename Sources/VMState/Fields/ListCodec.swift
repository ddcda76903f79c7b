/// A list whose elements are marked one by one: `{ 0x01, element }* 0x00`.
///
/// The property is a Swift array. A load replaces its content (QEMU appends to a list that
/// the device emptied before; here nobody can forget to). Any byte but 0 announces an
/// element.
///
/// QEMU: `vmstate_info_qtailq`, `vmstate_info_qlist`, migration/vmstate-types.c.
final class ListCodec<Element>: ElementCodec, @unchecked Sendable {
  private let table: NestedTable
  private let type: String
  private let fresh: Element

  init(_ table: NestedTable, type: String, fresh: Element) {
    self.table = table
    self.type = type
    self.fresh = fresh
  }

  override var typeName: String { type }
  override var hasInnerJSON: Bool { true }
  override var changesOnSave: Bool { table.changesOnSave }
  override var nested: [NestedSchema] { [NestedSchema(.element, table.schema)] }
  override func problem(since: Int) -> String? { table.problem(since: since) }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let list = element.assumingMemoryBound(to: [Element].self)
    for index in list.pointee.indices {
      writer.put(UInt8(1))
      var copy = list.pointee[index]
      do throws(VMStateError) {
        try table.saveValue(&copy, version: table.version, to: &writer, json: &json, context)
      } catch {
        throw error.within("[\(index)]")
      }
      if table.changesOnSave { list.pointee[index] = copy }
    }
    writer.put(UInt8(0))
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    try table.checkVersion(since, at: reader.position)
    var list: [Element] = []
    while try reader.get(UInt8.self) != 0 {
      try context.checkElements(list.count + 1, MemoryLayout<Element>.stride)
      var item = fresh
      do throws(VMStateError) {
        try table.loadValue(&item, version: since, from: &reader, context)
      } catch {
        throw error.within("[\(list.count)]")
      }
      list.append(item)
    }
    element.assumingMemoryBound(to: [Element].self).pointee = list
  }
}

extension LoadContext {
  /// Throws `limitExceeded` when a list grows beyond the limits.
  func checkElements(_ count: Int, _ stride: Int) throws(VMStateError) {
    guard count <= limits.elements else {
      throw VMStateError(
        .limitExceeded, "a list of more elements than the limit",
        expected: "at most \(limits.elements)", found: "\(count)")
    }
    let bytes = count.multipliedReportingOverflow(by: stride)
    try checkFieldBytes(bytes.overflow ? .max : bytes.partialValue)
  }
}
