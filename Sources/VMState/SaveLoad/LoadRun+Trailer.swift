extension LoadRun {
  /// The JSON description and whatever follows; damage there is a warning, since the state is
  /// complete.
  mutating func loadTrailer() throws(VMStateError) {
    if options.configuration.describesStream(options.profile) { try loadDescription() }
    try checkTrailingData()
  }

  private mutating func loadDescription() throws(VMStateError) {
    let offset = reader.position
    let failure: VMStateError?
    do throws(VMStateError) {
      try takeDescription()
      failure = nil
    } catch {
      failure = error.named("description")
    }
    guard let failure else { return }
    if warnings.isStrict { throw failure }
    try warnings.add(.description, "\(failure)", offset: failure.offset ?? offset)
  }

  private mutating func takeDescription() throws(VMStateError) {
    let offset = reader.position
    let kind = try reader.get(UInt8.self)
    guard kind == SectionKind.description.rawValue else {
      throw VMStateError(
        .badDescription, "Expected vmdescription section, but got \(kind)", offset: offset,
        expected: "type byte 6", found: "\(kind)")
    }
    let length = try reader.get(UInt32.self)
    guard options.keepsDescription || summed != nil else { return try reader.skip(UInt64(length)) }
    guard Int(length) <= options.limits.descriptionBytes else {
      try reader.skip(UInt64(length))
      throw VMStateError(
        .limitExceeded, "the JSON description is longer than the limit allows and was skipped",
        offset: offset, expected: "at most \(options.limits.descriptionBytes)",
        found: "\(length)")
    }
    description = try reader.getBytes(Int(length), limit: options.limits.descriptionBytes)
  }

  /// Looks for more bytes, without waiting for any where a peer may still be connected.
  private mutating func checkTrailingData() throws(VMStateError) {
    guard reader.error == nil else { return }
    let offset = reader.position
    guard try hasMore() else { return }
    do throws(VMStateError) {
      try warnings.add(.trailingData, "the stream goes on after its end", offset: offset)
    } catch {
      throw error.named("end of stream")
    }
  }

  private mutating func hasMore() throws(VMStateError) -> Bool {
    if reader.available > 0 { return true }
    guard channel.size != nil else { return false }
    return try reader.peekByte() != nil
  }
}
