#if os(Linux)
  /// Write protection of a snapshot's memory, and the thread that serves the writers whom it
  /// stops.
  final class WriteProtection: Sendable {
    private struct Watched: Sendable {
      let block: SnapshotBlock
      let addresses: Range<UInt64>
      /// Those in use, up to a whole part.
      let protected: Range<UInt64>
    }
    private let faults: UserFaults
    private let watched: [Watched]
    private let wake: (reader: Int32, writer: Int32)

    /// Watches the blocks' memory; nothing is protected yet.
    ///
    /// - Throws: `unsupported` for memory that the kernel does not watch.
    init(_ faults: UserFaults, _ blocks: [SnapshotBlock]) throws(VMStateError) {
      self.faults = faults
      var watched: [Watched] = []
      for block in blocks { watched.append(try Self.watched(block)) }
      self.watched = watched
      let pipe = SystemCall.pipe()
      if pipe.result < 0 { throw UserFaults.refused("the system gave no pipe", pipe.result) }
      wake = (pipe.reader, pipe.writer)
      for item in watched {
        do throws(VMStateError) {
          try faults.watch(item.addresses)
        } catch {
          // What was watched already is let go.
          end()
          throw error.within(item.block.block.idstr)
        }
      }
    }

    deinit { SystemCall.close(wake.reader) }

    private static func watched(_ block: SnapshotBlock) throws(VMStateError) -> Watched {
      let range = try DirtyRange(block.block)
      let end = range.addresses.lowerBound + UInt64(block.partCount << block.partBits)
      return Watched(
        block: block, addresses: range.addresses,
        protected: range.addresses.lowerBound..<min(end, range.addresses.upperBound))
    }

    /// Reads a byte of each page where the kernel cannot protect pages that were never touched.
    func populate() {
      guard !faults.features.contains(.untouchedPages) else { return }
      for item in watched {
        PagePopulation.read(item.block.base, count: item.block.usedLength)
      }
    }

    /// Protects everything.
    ///
    /// - Throws: `unsupported` when the kernel refuses, or gives no thread.
    func begin(_ snapshot: MemorySnapshot) throws(VMStateError) {
      try DedicatedThread.run { [self] in serve(snapshot) }
      for item in watched {
        do throws(VMStateError) {
          try faults.setProtected(true, item.protected)
        } catch {
          throw error.within(item.block.block.idstr)
        }
      }
    }

    /// Lets everybody go on, and the thread end. Once only.
    func end() {
      for item in watched { faults.unwatch(item.addresses) }
      SystemCall.close(wake.writer)
    }

    /// Lets parts of a block be written.
    func lift(_ block: SnapshotBlock, _ parts: Range<Int>) throws(VMStateError) {
      guard !parts.isEmpty, let item = watched.first(where: { $0.block === block }) else { return }
      let start = item.protected.lowerBound
      let end = start + UInt64(parts.upperBound << block.partBits)
      try faults.setProtected(
        false,
        start + UInt64(parts.lowerBound << block.partBits)..<min(end, item.protected.upperBound))
    }

    private func serve(_ snapshot: MemorySnapshot) {
      var addresses = [UInt64](repeating: 0, count: 64)
      while let count = faults.waitForWriters(&addresses, or: wake.reader) {
        for address in addresses[..<count] { serve(address, snapshot) }
      }
    }

    private func serve(_ address: UInt64, _ snapshot: MemorySnapshot) {
      guard let item = watched.first(where: { $0.protected.contains(address) }) else { return }
      let part = Int(address - item.protected.lowerBound) >> item.block.partBits
      let fate = snapshot.lock.locked {
        snapshot.secure(MemorySnapshot.Place(block: item.block, part: part))
      }
      if case .urgent = fate { return }
      do throws(VMStateError) {
        try lift(item.block, part..<part + 1)
      } catch {
        // After the end nothing is watched any more.
        snapshot.fail(error)
      }
    }
  }
#endif
