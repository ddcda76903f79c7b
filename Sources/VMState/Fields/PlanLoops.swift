/// The two loops over a plan's ops: memory to wire, and back.
///
/// The caller has made sure that the wire side has room (or data) for the whole segment and
/// that every offset lies in the state: both are decided when the plan is compiled.
enum PlanLoops {
  @inline(__always)
  private static func swapOut<T: FixedWidthInteger>(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int, _ type: T.Type
  ) -> UnsafeMutableRawPointer {
    let width = MemoryLayout<T>.size
    if count == 1 {
      target.storeBytes(of: source.loadUnaligned(as: T.self).bigEndian, as: T.self)
    } else {
      for index in 0..<count {
        let value = source.loadUnaligned(fromByteOffset: index &* width, as: T.self)
        target.storeBytes(of: value.bigEndian, toByteOffset: index &* width, as: T.self)
      }
    }
    return target + count &* width
  }

  @inline(__always)
  private static func swapIn<T: FixedWidthInteger>(
    _ target: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, _ count: Int, _ type: T.Type
  ) {
    let width = MemoryLayout<T>.size
    if count == 1 {
      target.storeBytes(of: T(bigEndian: source.loadUnaligned(as: T.self)), as: T.self)
    } else {
      for index in 0..<count {
        let value = source.loadUnaligned(fromByteOffset: index &* width, as: T.self)
        target.storeBytes(of: T(bigEndian: value), toByteOffset: index &* width, as: T.self)
      }
    }
  }

  @inline(__always)
  private static func normalise(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int
  ) {
    for index in 0..<count {
      let byte = source.load(fromByteOffset: index, as: UInt8.self)
      target.storeBytes(of: byte == 0 ? 0 : 1, toByteOffset: index, as: UInt8.self)
    }
  }

  /// Writes `count` elements; returns the end of what was written.
  @inline(__always)
  static func emit(
    _ kind: PlanOp.Kind, _ source: UnsafeRawPointer, _ count: Int,
    _ target: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    switch kind {
    case .bytes, .bools:
      if count == 1 {
        target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
      } else {
        target.copyMemory(from: source, byteCount: count)
      }
      return target + count
    case .words2: return swapOut(source, target, count, UInt16.self)
    case .words4: return swapOut(source, target, count, UInt32.self)
    case .words8: return swapOut(source, target, count, UInt64.self)
    case .zeros:
      target.initializeMemory(as: UInt8.self, repeating: 0, count: count)
      return target + count
    case .loop: return target
    }
  }

  /// Reads `count` elements.
  @inline(__always)
  static func absorb(
    _ kind: PlanOp.Kind, _ target: UnsafeMutableRawPointer, _ count: Int,
    _ source: UnsafeRawPointer
  ) {
    switch kind {
    case .bytes:
      if count == 1 {
        target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
      } else {
        target.copyMemory(from: source, byteCount: count)
      }
    case .bools: normalise(source, target, count)
    case .words2: swapIn(target, source, count, UInt16.self)
    case .words4: swapIn(target, source, count, UInt32.self)
    case .words8: swapIn(target, source, count, UInt64.self)
    case .zeros, .loop: break
    }
  }

  /// Writes a segment; returns the end of what was written.
  static func emit(
    _ ops: UnsafePointer<PlanOp>, _ opCount: Int, _ state: UnsafeRawPointer,
    _ target: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var target = target
    var index = 0
    while index < opCount {
      let op = ops[index]
      let source = state + Int(op.offset)
      index &+= 1
      guard op.kind == .loop else {
        target = emit(op.kind, source, Int(op.count), target)
        continue
      }
      let body = Int(op.aux & 0xFFFF)
      let stride = Int(op.aux >> 16)
      for element in 0..<Int(op.count) {
        target = emit(ops + index, body, source + element &* stride, target)
      }
      index &+= body
    }
    return target
  }

  /// Reads a segment; returns the end of what was read.
  static func absorb(
    _ ops: UnsafePointer<PlanOp>, _ opCount: Int, _ state: UnsafeMutableRawPointer,
    _ source: UnsafeRawPointer
  ) -> UnsafeRawPointer {
    var source = source
    var index = 0
    while index < opCount {
      let op = ops[index]
      let target = state + Int(op.offset)
      index &+= 1
      guard op.kind == .loop else {
        absorb(op.kind, target, Int(op.count), source)
        source += Int(op.count) &* width(op.kind)
        continue
      }
      let body = Int(op.aux & 0xFFFF)
      let stride = Int(op.aux >> 16)
      for element in 0..<Int(op.count) {
        source = absorb(ops + index, body, target + element &* stride, source)
      }
      index &+= body
    }
    return source
  }

  @inline(__always)
  private static func width(_ kind: PlanOp.Kind) -> Int {
    switch kind {
    case .bytes, .bools, .zeros: 1
    case .words2: 2
    case .words4: 4
    case .words8: 8
    case .loop: 0
    }
  }
}
