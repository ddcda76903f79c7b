/// The state of a section that is held by its description alone: every field's bytes, in the
/// shape of the table.
public struct DescribedState: Sendable, Equatable {
  /// The content of one field.
  public enum Value: Sendable, Equatable {
    /// The elements' bytes, back to back.
    case bytes([UInt8])
    /// One state for each nested structure or list element.
    case structures([DescribedState])
    /// A tree: keys that are numbers (empty where keys are described), and the nodes'
    /// states in stream order (key before value where keys are described).
    case tree(keys: [UInt64], nodes: [DescribedState])
  }

  /// In the order of the table's fields.
  public var fields: [Value]
  /// In the order of the table's subsections.
  public var subsections: [DescribedState]

  /// An empty state.
  public init(fields: [Value] = [], subsections: [DescribedState] = []) {
    self.fields = fields
    self.subsections = subsections
  }
}

extension DescribedTable {
  /// Reads a body into a state; an observer of the context sees every field with its offset.
  ///
  /// - Throws: `endOfStream`, `badDescription` where the bytes do not fit the description.
  public func load(
    from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) -> DescribedState {
    context.depth += 1
    defer { context.depth -= 1 }
    guard context.depth <= context.limits.depth else {
      throw VMStateError(
        .limitExceeded, "structures are nested too deep", offset: reader.position,
        expected: "at most \(context.limits.depth) levels")
    }
    try context.holdDescribed(MemoryLayout<DescribedState>.stride + 64, at: reader.position)
    var state = DescribedState()
    state.fields.reserveCapacity(fields.count)
    for field in fields { state.fields.append(try field.load(from: &reader, context)) }
    for subsection in subsections {
      do throws(VMStateError) {
        try Self.loadHeader(subsection, from: &reader)
        if context.observer != nil { context.path.append(subsection.name) }
        defer { if context.observer != nil { context.path.removeLast() } }
        state.subsections.append(try subsection.load(from: &reader, context))
      } catch {
        throw error.within(subsection.name)
      }
    }
    return state
  }

  private static func loadHeader(
    _ subsection: DescribedTable, from reader: inout StreamReader
  ) throws(VMStateError) {
    let offset = reader.position
    let kind = try reader.get(UInt8.self)
    guard kind == SectionKind.subsection.rawValue else {
      throw VMStateError(
        .badDescription, "the described subsection is not there", offset: offset,
        expected: "0x05", found: "0x" + String(kind, radix: 16))
    }
    let name = try reader.getCountedBytes()
    let version = Int(try reader.get(UInt32.self))
    guard name.elementsEqual(subsection.name.utf8), version == subsection.version else {
      throw VMStateError(
        .badDescription, "another subsection than the description says", offset: offset,
        expected: "\(subsection.name) version \(subsection.version)",
        found: "\(String(decoding: name, as: UTF8.self)) version \(version)")
    }
  }

  /// Writes a state's body.
  ///
  /// - Throws: `badDescription` if the state does not have the table's shape.
  public func save(
    _ state: DescribedState, to writer: inout StreamWriter
  ) throws(VMStateError) {
    guard state.fields.count == fields.count, state.subsections.count == subsections.count else {
      throw VMStateError(
        .badDescription, "the state does not have the shape of its description",
        expected: "\(fields.count) fields and \(subsections.count) subsections",
        found: "\(state.fields.count) and \(state.subsections.count)"
      ).within(name)
    }
    for (field, value) in zip(fields, state.fields) {
      do throws(VMStateError) { try field.save(value, to: &writer) } catch {
        throw error.within(field.pathName)
      }
    }
    for (subsection, inner) in zip(subsections, state.subsections) {
      guard subsection.name.utf8.count <= WireFormat.maximumNameLength else {
        throw VMStateError(
          .badDescription, "a subsection's name does not fit",
          expected: "at most \(WireFormat.maximumNameLength) bytes",
          found: "\(subsection.name.utf8.count)"
        ).within(name)
      }
      writer.put(SectionKind.subsection.rawValue)
      writer.put(counted: subsection.name)
      writer.put(UInt32(truncatingIfNeeded: subsection.version))
      do throws(VMStateError) { try subsection.save(inner, to: &writer) } catch {
        throw error.within(subsection.name)
      }
    }
  }
}

extension LoadContext {
  /// Says that the described states made so far are not held any more: they count no longer.
  public func releaseDescribed() { describedBytes = 0 }

  /// Counts the memory of a described state before it is made: a few bytes of a description
  /// can stand for any number of nested structures.
  ///
  /// - Throws: `limitExceeded`.
  public func holdDescribed(_ bytes: Int, at offset: UInt64) throws(VMStateError) {
    let (sum, overflow) = describedBytes.addingReportingOverflow(bytes)
    guard !overflow, sum <= limits.describedBytes else {
      throw VMStateError(
        .limitExceeded, "the sections held by their descriptions take more memory than the limit",
        offset: offset, expected: "at most \(limits.describedBytes) bytes")
    }
    describedBytes = sum
  }
}
