import VMState

/// A record in the body of a live section other than `ram`, or in a multifd channel; or a
/// whole CPR state. What follows some of them comes as payload pieces.
public enum HandlerRecord: Sendable {
  /// Section `dirty-bitmap`.
  case dirtyBitmap(DirtyBitmapChunk)
  /// Section `block`.
  case block(BlockRecord)
  /// Section `vfio`.
  case vfio(VFIORecord)
  /// What follows `vfio(.configurationState)`.
  case vfioConfiguration(VFIOConfiguration)
  /// Section `s390-storage_attributes`.
  case storageAttributes(StorageAttributesRecord)
  /// Section `s390-skeys`.
  case storageKeys(StorageKeysRecord)
  /// Section `spapr/htab`: what begins a body.
  case hashTable(HashTableHeader)
  /// Section `spapr/htab`: entries.
  case hashTableGroup(HashTableGroup)
  /// What a multifd channel begins with.
  case multifdInit(MultifdInit)
  /// A packet of a multifd channel.
  case multifdPacket(MultifdPacket)
  /// What a CPR state file holds.
  case cpr(CPRState)

  /// Bytes that follow the record.
  public var payloadLength: UInt64 {
    switch self {
    case .dirtyBitmap(let chunk): UInt64(chunk.payloadLength)
    case .block(let record): UInt64(record.payloadLength)
    case .vfio(.data(let size)): size
    case .storageAttributes(let record): UInt64(record.payloadLength)
    case .storageKeys(let record): record.payloadLength
    case .hashTableGroup(let group): UInt64(group.payloadLength)
    case .multifdPacket(let packet): UInt64(packet.payloadLength)
    case .vfio, .vfioConfiguration, .hashTable, .multifdInit, .cpr: 0
    }
  }

  /// Writes the record; its payload is put after it.
  func write(to writer: inout StreamWriter) throws(VMStateError) {
    switch self {
    case .dirtyBitmap(let chunk): try chunk.write(to: &writer)
    case .block(let record): try record.write(to: &writer)
    case .vfio(let record): try record.write(to: &writer)
    case .vfioConfiguration(let configuration): try configuration.write(to: &writer)
    case .storageAttributes(let record): try record.write(to: &writer)
    case .storageKeys(let record): try record.write(to: &writer)
    case .hashTable(let header): try header.write(to: &writer)
    case .hashTableGroup(let group): try group.write(to: &writer)
    case .multifdInit(let first): try first.write(to: &writer)
    case .multifdPacket(let packet): try packet.write(to: &writer)
    case .cpr(let state): try state.write(to: &writer)
    }
  }
}
