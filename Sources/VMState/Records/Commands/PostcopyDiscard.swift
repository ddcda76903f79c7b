/// The data of the command `POSTCOPY_RAM_DISCARD`: ranges of one block to forget.
///
/// Wire: byte version 0, counted block name, byte 0, then be64 start and be64 length for each
/// range, in bytes. QEMU: `qemu_savevm_send_postcopy_ram_discard`, migration/savevm.c.
public struct PostcopyDiscard: Sendable, Hashable {
  /// One range.
  public struct Range: Sendable, Hashable {
    /// Offset in the block, in bytes.
    public var start: UInt64
    /// Bytes.
    public var length: UInt64

    /// A range.
    public init(start: UInt64, length: UInt64) {
      self.start = start
      self.length = length
    }
  }

  /// Most ranges that QEMU puts into one command.
  public static let usualMaximum = 12

  /// The block's name.
  public var name: [UInt8]
  /// The ranges, at least one.
  public var ranges: [Range]

  /// Ranges of a block.
  public init(name: [UInt8], ranges: [Range]) {
    self.name = name
    self.ranges = ranges
  }

  /// Bytes on the wire.
  public var length: Int { 3 + name.count + 16 * ranges.count }

  /// Reads the data.
  ///
  /// - Parameter length: The command's length.
  init(from reader: inout StreamReader, length: Int) throws(VMStateError) {
    let start = reader.position
    guard length >= 20 else {
      throw Self.bad("is too short", start, "at least 20 bytes", length)
    }
    let version = try reader.get(UInt8.self)
    guard version == 0 else { throw Self.bad("has an unknown version", start, "0", version) }
    name = try reader.getCountedBytes()
    let end = try reader.get(UInt8.self)
    guard end == 0 else {
      throw Self.bad("has no zero behind the name", reader.position - 1, "0", end)
    }
    let left = length - 3 - name.count
    guard left > 0, left % 16 == 0 else {
      throw Self.bad("ends inside a range", start, "3 + name + 16 for each range", length)
    }
    ranges = []
    ranges.reserveCapacity(left / 16)
    for _ in 0..<left / 16 { ranges.append(try Range(from: &reader)) }
  }

  /// Checks the ranges against their block.
  ///
  /// - Parameters:
  ///   - blockLength: The block's `max_length`.
  ///   - pageSize: Bytes of a page of the block's backing memory.
  /// - Throws: `badCommand` for a range that is not made of whole pages of the block.
  public func check(blockLength: UInt64, pageSize: UInt64) throws(VMStateError) {
    for range in ranges {
      let (end, overflow) = range.start.addingReportingOverflow(range.length)
      guard !overflow, end <= blockLength, pageSize > 0, range.start % pageSize == 0,
        range.length % pageSize == 0
      else {
        throw VMStateError(
          .badCommand, "a range to discard that the block does not have",
          path: [String(decoding: name, as: UTF8.self)],
          expected: "whole pages of \(pageSize) bytes below \(blockLength)",
          found: "\(range.length) bytes from \(range.start)")
      }
    }
  }

  /// Writes the data.
  func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(UInt8(0))
    try writer.put(name: name)
    writer.put(UInt8(0))
    for range in ranges {
      writer.put(range.start)
      writer.put(range.length)
    }
  }

  private static func bad(
    _ what: String, _ offset: UInt64, _ expected: String, _ found: some BinaryInteger
  ) -> VMStateError {
    VMStateError(
      .badCommand, "the data of POSTCOPY_RAM_DISCARD \(what)", offset: offset, expected: expected,
      found: "\(found)")
  }
}

extension PostcopyDiscard.Range {
  init(from reader: inout StreamReader) throws(VMStateError) {
    start = try reader.get()
    length = try reader.get()
  }
}
