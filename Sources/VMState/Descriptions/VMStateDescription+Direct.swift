extension VMStateDescription {
  /// Writes a bare state, without section header and footer: for tests and for nesting in
  /// formats of one's own.
  ///
  /// - Parameter version: The version to write; nil writes the newest.
  /// - Throws: The error of a hook, or the writer's.
  @inlinable
  public func save(
    _ state: inout State, version: Int? = nil, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext = SaveContext()
  ) throws(VMStateError) {
    var failure: VMStateError?
    withUnsafeMutablePointer(to: &state) { pointer in
      failure = saveRaw(pointer, version ?? self.version, &writer, &json, context)
    }
    if let failure { throw failure }
  }

  @usableFromInline
  func saveRaw(
    _ state: UnsafeMutableRawPointer, _ version: Int, _ writer: inout StreamWriter,
    _ json: inout DescriptionText?, _ context: SaveContext
  ) -> VMStateError? {
    do throws(VMStateError) {
      try core.saveState(state, version: version, to: &writer, json: &json, context)
      try writer.check()
      return nil
    } catch {
      return error
    }
  }

  /// Reads a bare state into `state`, which keeps what does not travel. After an error the
  /// state holds whatever was read before it.
  ///
  /// - Throws: What is wrong, with path and offset.
  @inlinable
  public func load(
    _ state: inout State, version: Int? = nil, from reader: inout StreamReader,
    _ context: LoadContext = LoadContext()
  ) throws(VMStateError) {
    // Specialised where the type of the state is known; errors do not cross the closure.
    var failure: VMStateError?
    withUnsafeMutablePointer(to: &state) { pointer in
      failure = loadRaw(pointer, version ?? self.version, &reader, context)
    }
    if let failure { throw failure }
  }

  @usableFromInline
  func loadRaw(
    _ state: UnsafeMutableRawPointer, _ version: Int, _ reader: inout StreamReader,
    _ context: LoadContext
  ) -> VMStateError? {
    do throws(VMStateError) {
      try core.loadState(state, version: version, from: &reader, context)
      return nil
    } catch {
      reader.fail(error)
      return error.at(reader.position)
    }
  }

  /// The bytes of a bare state.
  public func bytes(of state: State, context: SaveContext = SaveContext()) throws(VMStateError)
    -> [UInt8]
  {
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    var copy = state
    var json: DescriptionText?
    try save(&copy, to: &writer, json: &json, context)
    try writer.flush()
    return channel.bytes
  }

  /// The members of the state's JSON description, as QEMU of the profile's generation writes
  /// them, without the surrounding object.
  public func descriptionText(
    of state: State, profile: StreamProfile = .qemu10_0
  ) throws(VMStateError) -> String {
    var writer = StreamWriter(nil)
    var copy = state
    var json: DescriptionText? = DescriptionText()
    try save(&copy, to: &writer, json: &json, SaveContext(profile: profile))
    return String(decoding: json?.bytes ?? [], as: UTF8.self)
  }
}
