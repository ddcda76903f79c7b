/// The loops over a plan's lists: memory to wire, and back.
///
/// The caller has made sure that the wire side has room (or data) for the whole segment and
/// that every place lies in the state: both are decided when the plan is compiled.
enum PlanLoops {
  @inline(__always)
  private static func swapOut<T: FixedWidthInteger>(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int, _ type: T.Type
  ) {
    for index in 0..<count {
      let step = index &* MemoryLayout<T>.size
      let value = source.loadUnaligned(fromByteOffset: step, as: T.self)
      target.storeBytes(of: value.bigEndian, toByteOffset: step, as: T.self)
    }
  }

  /// Words of four bytes, two at a time: swapped as one of eight, they have changed places.
  @inline(__always)
  private static func swapPairs(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int
  ) {
    #if _endian(big)
      return target.copyMemory(from: source, byteCount: count &* 4)
    #endif
    for index in 0..<count &>> 1 {
      let both = source.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self).byteSwapped
      target.storeBytes(of: both &<< 32 | both &>> 32, toByteOffset: index &* 8, as: UInt64.self)
    }
    let done = (count & ~1) &* 4
    swapOut(source + done, target + done, count & 1, UInt32.self)
  }

  /// Writes `count` values side by side; returns the end of what was written.
  @inline(__always)
  static func emit(
    _ kind: PlanKind, _ source: UnsafeRawPointer, _ count: Int,
    _ target: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    switch kind {
    case .bytes, .bools: target.copyMemory(from: source, byteCount: count)
    case .words2: swapOut(source, target, count, UInt16.self)
    case .words4: swapPairs(source, target, count)
    case .words8: swapOut(source, target, count, UInt64.self)
    case .zeros: target.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }
    return target + count &* kind.width
  }

  /// Reads `count` values side by side.
  @inline(__always)
  static func absorb(
    _ kind: PlanKind, _ target: UnsafeMutableRawPointer, _ count: Int,
    _ source: UnsafeRawPointer
  ) {
    switch kind {
    case .bytes: target.copyMemory(from: source, byteCount: count)
    case .bools:
      for index in 0..<count {
        let byte = source.load(fromByteOffset: index, as: UInt8.self)
        target.storeBytes(of: byte == 0 ? 0 : 1, toByteOffset: index, as: UInt8.self)
      }
    // Swapping is its own inverse.
    case .words2: swapOut(source, target, count, UInt16.self)
    case .words4: swapPairs(source, target, count)
    case .words8: swapOut(source, target, count, UInt64.self)
    case .zeros: break
    }
  }

  @inline(__always)
  private static func emitPlaces<T: FixedWidthInteger>(
    _ places: UnsafePointer<PlanPlace>, _ range: Range<Int>, _ state: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer, _ type: T.Type
  ) {
    for index in range {
      let place = places[index]
      let value = state.loadUnaligned(fromByteOffset: Int(place.memory), as: T.self)
      target.storeBytes(of: value.bigEndian, toByteOffset: Int(place.wire), as: T.self)
    }
  }

  @inline(__always)
  private static func absorbPlaces<T: FixedWidthInteger>(
    _ places: UnsafePointer<PlanPlace>, _ range: Range<Int>, _ state: UnsafeMutableRawPointer,
    _ source: UnsafeRawPointer, _ type: T.Type
  ) {
    for index in range {
      let place = places[index]
      let value = source.loadUnaligned(fromByteOffset: Int(place.wire), as: T.self)
      state.storeBytes(of: value.bigEndian, toByteOffset: Int(place.memory), as: T.self)
    }
  }

  /// Moves pairs of bytes, in either direction.
  @inline(__always)
  private static func copyPlaces(
    _ places: UnsafePointer<PlanPlace>, _ range: Range<Int>,
    to target: (PlanPlace) -> UnsafeMutableRawPointer, from source: (PlanPlace) -> UnsafeRawPointer
  ) {
    for index in range {
      let pair = source(places[index]).loadUnaligned(as: UInt16.self)
      target(places[index]).storeBytes(of: pair, as: UInt16.self)
    }
  }

  /// Writes a segment.
  static func emit(
    _ segment: UnsafePointer<PlanSegment>, _ places: UnsafePointer<PlanPlace>,
    _ runs: UnsafePointer<PlanRun>, _ state: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer
  ) {
    let segment = segment.pointee
    emitPlaces(places, segment.bytes, state, target, UInt8.self)
    copyPlaces(
      places, segment.pairs, to: { target + Int($0.wire) }, from: { state + Int($0.memory) })
    emitPlaces(places, segment.bools, state, target, UInt8.self)
    emitPlaces(places, segment.words2, state, target, UInt16.self)
    emitPlaces(places, segment.words4, state, target, UInt32.self)
    emitPlaces(places, segment.words8, state, target, UInt64.self)
    for index in segment.runs {
      let run = runs[index]
      _ = emit(run.kind, state + Int(run.memory), Int(run.count), target + Int(run.wire))
    }
  }

  /// Reads a segment.
  static func absorb(
    _ segment: UnsafePointer<PlanSegment>, _ places: UnsafePointer<PlanPlace>,
    _ runs: UnsafePointer<PlanRun>, _ state: UnsafeMutableRawPointer, _ source: UnsafeRawPointer
  ) {
    let segment = segment.pointee
    absorbPlaces(places, segment.bytes, state, source, UInt8.self)
    copyPlaces(
      places, segment.pairs, to: { state + Int($0.memory) }, from: { source + Int($0.wire) })
    for index in segment.bools {
      let place = places[index]
      absorb(.bools, state + Int(place.memory), 1, source + Int(place.wire))
    }
    absorbPlaces(places, segment.words2, state, source, UInt16.self)
    absorbPlaces(places, segment.words4, state, source, UInt32.self)
    absorbPlaces(places, segment.words8, state, source, UInt64.self)
    for index in segment.runs {
      let run = runs[index]
      absorb(run.kind, state + Int(run.memory), Int(run.count), source + Int(run.wire))
    }
  }
}
