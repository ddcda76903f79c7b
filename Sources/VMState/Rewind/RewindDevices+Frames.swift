extension RewindDevices {
  /// Forgets the changes from an index on.
  func removeLast(from index: Int) { history.pointee.removeLast(from: index) }
  /// Forgets the changes before an index.
  func removeFirst(to index: Int) { history.pointee.removeFirst(to: index) }

  /// Makes the image that of another frame.
  ///
  /// - Parameters:
  ///   - position: The index behind the present frame's last change; `target` the other's.
  ///   - count: Bytes of the other's image.
  func move(from position: Int, to target: Int, count: Int) throws(VMStateError) {
    guard !isEmpty else { return }
    let size = Self.pieceSize
    try image.reserve(history.pointee.pieceCount * size)
    let base = image.base
    history.pointee.move(from: position, to: target) { piece, content in
      (base + piece &* size).copyMemory(from: content, byteCount: size)
    }
    // What lies behind a shorter image is not kept up to date.
    for piece in min(image.count, count) / size..<count / size {
      (base + piece * size).copyMemory(from: history.pointee.content(piece), byteCount: size)
    }
    image.setCount(count)
  }

  /// Makes the staged states; under the device lock.
  ///
  /// - Throws: `configurationMismatch` for a device that has state now and had none then: the
  ///   frame could not restore it.
  func begin() throws(VMStateError) {
    for index in entries.indices {
      let entry = entries[index]
      if size(index) > 0 {
        if entry.handlers != nil { try transaction.setUp(index) }
        try transaction.begin(index)
      } else if entry.described?.isNeeded ?? false {
        throw VMStateError(
          .configurationMismatch, "the device had nothing to save at that frame, and now it has",
          path: [entry.idstr], expected: "a section that is needed always, or never")
      }
    }
  }

  /// Decodes the image's sections into the staged states.
  ///
  /// - Throws: The errors of hooks and codecs; `trailingData` for a section that is not read to
  ///   its end.
  func load() throws(VMStateError) {
    var offset = tableSize
    for index in entries.indices {
      let size = size(index)
      defer { offset += Self.padded(size) }
      guard size > 0 else { continue }
      do throws(VMStateError) {
        try load(index, offset, size)
      } catch {
        throw error.within(entries[index].idstr)
      }
    }
  }

  private func size(_ index: Int) -> Int {
    Int(image.base.load(fromByteOffset: index * 4, as: UInt32.self))
  }

  private func load(_ index: Int, _ offset: Int, _ size: Int) throws(VMStateError) {
    let entry = entries[index]
    // Type byte, section id, counted name, instance id, version.
    let header = 14 + entry.idstr.utf8.count
    var reader = StreamReader(
      over: UnsafeRawBufferPointer(start: image.base + offset + header, count: size - header),
      offset: UInt64(offset + header))
    _ = transaction.note(index, sectionID: entry.sectionID, version: entry.version)
    try transaction.load(index, .full, from: &reader)
    guard reader.available == 0 else {
      throw VMStateError(
        .trailingData, "the section is not read to its end", offset: reader.position,
        found: "\(reader.available) more bytes")
    }
    transaction.accept(index)
  }

  /// Puts the staged states into place; under the device lock. Cannot fail.
  func commit() {
    transaction.commit()
    endLoad()
  }

  /// Forgets the staged states; under the device lock.
  func abort() {
    transaction.abort()
    endLoad()
  }

  private func endLoad() {
    transaction.cleanUp()
    transaction.context.releaseDescribed()
    transaction.context.remarks.removeAll(keepingCapacity: true)
  }
}
