/// A piece of a device's state on its way through a channel.
struct MultifdDeviceState: Sendable {
  /// The section's idstr.
  var name: [UInt8]
  /// The section's instance id.
  var instance: UInt32
  /// At least one byte.
  var bytes: [UInt8]
}

/// Sends pages as packets.
///
/// QEMU: `multifd_send_thread`, migration/multifd.c.
final class MultifdPacketWriter: MultifdBatchWriter {
  let channel: any ByteChannel
  private let opening: MultifdInit
  private let options: MultifdOptions
  private let pageSize: TargetPageSize
  private let shared: MultifdSendState
  private var encoder: MultifdEncoder?
  private var writer: StreamWriter

  /// - Throws: What the encoder throws.
  init(
    _ channel: any ByteChannel, _ opening: MultifdInit, _ options: MultifdOptions,
    pageSize: TargetPageSize, counters: TransferCounters, shared: MultifdSendState
  ) throws(VMStateError) {
    (self.channel, self.opening, self.options) = (channel, opening, options)
    (self.pageSize, self.shared) = (pageSize, shared)
    writer = StreamWriter(channel, counters: counters)
    encoder = try MultifdEncoder(options, pageSize: pageSize.bytes)
  }

  func open() throws(VMStateError) -> MultifdSent {
    try opening.write(to: &writer)
    try writer.flush()
    return MultifdSent(bytes: writer.position)
  }

  func synchronise() throws(VMStateError) -> MultifdSent {
    let before = writer.position
    try MultifdPagePacket(synchronisation: shared.nextNumber(), pageSize: pageSize)
      .write(to: &writer)
    try writer.flush()
    return MultifdSent(bytes: writer.position - before)
  }

  func send(_ batch: inout MultifdBatch) throws(VMStateError) -> MultifdSent {
    let before = writer.position
    let size = pageSize.bytes
    let normal =
      options.zeroPages == .multifd ? batch.sortZeroPages(pageSize: size) : batch.count
    guard let base = batch.base else { return MultifdSent() }
    let packed = try pack(batch, normal, base)
    var packet = MultifdPagePacket(
      name: batch.name, normal: Array(batch.offsets[..<normal]),
      zero: Array(batch.offsets[normal...]), number: shared.nextNumber(),
      flags: MultifdFlags(options.compression),
      payloadLength: normal == 0 ? 0 : packed?.count ?? normal * size, pageSize: pageSize)
    packet.layout = options.layout
    try packet.write(to: &writer)
    if let packed, let start = packed.baseAddress {
      writer.putSpan(start, count: packed.count)
    } else {
      for offset in batch.offsets[..<normal] { writer.putSpan(base + Int(offset), count: size) }
    }
    try writer.flush()
    return MultifdSent(
      normal: normal, zero: batch.count - normal, bytes: writer.position - before)
  }

  private func pack(
    _ batch: MultifdBatch, _ normal: Int, _ base: UnsafeRawPointer
  ) throws(VMStateError) -> UnsafeRawBufferPointer? {
    guard encoder != nil, normal > 0 else { return nil }
    return try batch.offsets.withUnsafeBufferPointer { offsets throws(VMStateError) in
      try encoder?.encode(UnsafeBufferPointer(rebasing: offsets[..<normal]), of: base)
    }
  }

  func send(_ state: MultifdDeviceState) throws(VMStateError) -> MultifdSent {
    let before = writer.position
    try MultifdDeviceStatePacket(
      name: state.name, instance: state.instance,
      payloadLength: UInt32(clamping: state.bytes.count)
    ).write(to: &writer)
    writer.put(bytes: state.bytes)
    try writer.flush()
    return MultifdSent(bytes: writer.position - before)
  }
}
