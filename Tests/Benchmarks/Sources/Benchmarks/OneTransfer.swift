import CBaselines
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One save or load of a machine that is nothing but memory, for a script that lets QEMU and this
/// program take turns. The memory of a save is a file that QEMU has mapped too; that of a load is
/// fresh. Prints the nanoseconds of the transfer and the most memory that the process had.
///
///     benchmarks --transfer save|load --side floor|ours --size MIB --memory FILE
///                --target file:PATH|fd:NUMBER [--form plain|mapped-ram [--channels N]]
struct OneTransfer {
  let isSave: Bool
  let isFloor: Bool
  let size: Int
  let memory: String
  let target: String
  let isMapped: Bool
  let channels: Int

  init(_ words: [String]) {
    func value(_ name: String) -> String? {
      words.firstIndex(of: name).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    }
    isSave = value("--transfer") == "save"
    isFloor = value("--side") == "floor"
    size = (Int(value("--size") ?? "") ?? 0) << 20
    memory = value("--memory") ?? ""
    target = value("--target") ?? ""
    isMapped = value("--form") == "mapped-ram"
    channels = Int(value("--channels") ?? "") ?? 0
  }

  func run() throws {
    let source = isSave ? mappedSource() : nil
    let time = try source.map(save) ?? load()
    print("\(Int(time)) \(bl_peak_resident())")
  }

  /// The file's bytes, in this process's page tables before the clock runs.
  private func mappedSource() -> UnsafeMutableRawPointer {
    let file = checked(open(memory, O_RDWR | O_CLOEXEC), "open \(memory)")
    let flags = MAP_SHARED | MAP_POPULATE
    guard let bytes = mmap(nil, size, PROT_READ | PROT_WRITE, flags, file, 0), bytes != MAP_FAILED
    else { fatalError("mmap \(memory)") }
    return bytes
  }

  private var path: String? {
    target.hasPrefix("file:") ? String(target.dropFirst(5)) : nil
  }

  private var descriptor: Int32 {
    guard let path else { return Int32(target.dropFirst(3)) ?? -1 }
    let flags = isSave ? O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC : O_RDONLY | O_CLOEXEC
    return checked(open(path, flags, 0o600), "open \(path)")
  }

  private func save(_ source: UnsafeMutableRawPointer) throws -> Double {
    if isFloor {
      let bytes = source.assumingMemoryBound(to: UInt8.self)
      return nanoseconds {
        if isMapped { return movePages(bytes) }
        precondition(bl_floor_save(descriptor, bytes, size) > 0)
      }
    }
    let guest = GuestMemory(at: source, length: UInt64(size))
    let machine = try RAMMachine(guest, .protected, isMapped: isMapped, channels: channels)
    return nanoseconds {
      attempt { () throws(VMStateError) in
        try machine.save(to: channel())
      }
    }
  }

  private func load() throws -> Double {
    if isFloor {
      let fresh = bl_map(size)!
      let seeks: Int32 = path == nil ? 0 : 1
      return nanoseconds {
        if isMapped { return movePages(fresh) }
        precondition(bl_floor_load(descriptor, fresh, size, seeks) > 0)
      }
    }
    let machine = try RAMMachine(
      GuestMemory(mapping: UInt64(size)), .disposable, isMapped: isMapped, channels: channels)
    let time = nanoseconds {
      attempt { () throws(VMStateError) in try machine.load(from: channel()) }
    }
    if !memory.isEmpty { compare(machine) }
    return time
  }

  /// The bare way to and from fixed places.
  private func movePages(_ bytes: UnsafeMutablePointer<UInt8>) {
    let threads = Int32(max(1, channels))
    precondition(bl_places(descriptor, bytes, size, isSave ? 1 : 0, threads) == 0)
  }

  private func channel() throws(VMStateError) -> any ByteChannel {
    guard let path else { return try FileDescriptorChannel(descriptor, .owned) }
    return isSave ? try AtomicFileChannel(savingTo: path) : try FileChannel(reading: path)
  }

  /// The loaded memory must be the source's.
  private func compare(_ machine: RAMMachine) {
    let source = mappedSource()
    precondition(memcmp(machine.block.memory.base, source, size) == 0, "the memory differs")
  }
}
