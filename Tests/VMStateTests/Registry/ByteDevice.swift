import VMState

/// A device of a few bytes, with switches for everything that a description can do. The body
/// on the wire is one length byte and the bytes.
final class ByteDevice: DescribedBody {
  let name: String
  var version = 1
  var minimumVersion = 0
  var priority = MigrationPriority.standard
  var isEarlySetup = false
  var isUnmigratable = false
  var isNeeded = true
  var unplugPolls = 0

  /// The live state.
  var bytes: [UInt8]
  private var staged: [UInt8]?
  /// Every call, in order; shared where the order among devices matters.
  let log: CallLog
  /// Run with the staged bytes at the end of a load, as a post-load hook.
  var postLoad: (([UInt8], LoadContext) throws -> Void)?
  var preSave: (() throws -> Void)?
  var beforeSave: (() throws -> Void)?

  init(_ name: String, _ bytes: [UInt8], log: CallLog = CallLog()) {
    self.name = name
    self.bytes = bytes
    self.log = log
  }

  var isUnplugPending: Bool {
    guard unplugPolls > 0 else { return false }
    unplugPolls -= 1
    return true
  }

  func prepareSave() throws(VMStateError) {
    log.add("\(name) before-save")
    do { try beforeSave?() } catch { throw .fromHook(error, "before-save") }
  }

  func save(
    to writer: inout StreamWriter, json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    do { try preSave?() } catch { throw .fromHook(error, "pre-save") }
    log.add("\(name) save")
    writer.put(UInt8(bytes.count))
    writer.put(bytes: bytes)
    json?.put("vmsd_name", name)
    json?.put("version", version)
    json?.beginArray("fields")
    json?.endArray()
  }

  func beginLoad() throws(VMStateError) {
    guard staged == nil else { return }
    staged = bytes
  }

  func load(
    from reader: inout StreamReader, version: Int, _ context: LoadContext
  ) throws(VMStateError) {
    guard version >= minimumVersion else {
      throw VMStateError(.versionTooOld, "version \(version) is too old")
    }
    let new = try reader.getCountedBytes()
    staged = new
    log.add("\(name) load \(version)")
    do { try postLoad?(new, context) } catch { throw .fromHook(error, "post-load") }
  }

  var stagedState: Any? { staged }

  func commitLoad() {
    log.add("\(name) commit")
    guard let staged else { return }
    bytes = staged
    self.staged = nil
  }

  func finishLoad() { log.add("\(name) after-load") }

  func abortLoad() {
    if staged != nil { log.add("\(name) abort") }
    staged = nil
  }
}

/// What happened, in order.
final class CallLog {
  private(set) var calls: [String] = []
  func add(_ call: String) { calls.append(call) }
  func clear() { calls = [] }
  func contains(_ call: String) -> Bool { calls.contains(call) }
}

/// An error of a hook.
struct Refusal: Error {}
