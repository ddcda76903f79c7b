import CBaselines
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where streams go and come from; every call opens anew what it needs, before the clock runs.
struct RAMTargets {
  /// A folder on a file system in memory.
  let folder = "/dev/shm/vmstate-benchmark-\(getpid())"

  init() throws {
    guard mkdir(folder, 0o700) == 0 else { throw Disagreement(what: "no folder \(folder)") }
  }

  func remove() {
    for name in ["floor", "ours"] { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// A new empty file.
  func makeFile(_ name: String) -> Int32 {
    unlink(path(name))
    return checked(open(path(name), O_CREAT | O_RDWR | O_CLOEXEC, 0o600), "open \(name)")
  }

  func openFile(_ name: String) -> Int32 {
    checked(open(path(name), O_RDONLY | O_CLOEXEC), "open \(name)")
  }

  func openNull() -> Int32 { checked(open("/dev/null", O_WRONLY | O_CLOEXEC), "open null device") }

  /// The writing end of a pipe whose other end a thread empties.
  func drainedPipe() -> (writer: Int32, peer: OpaquePointer) {
    let (reader, writer) = makePipe()
    return (writer, bl_peer_start(reader, nil, 0)!)
  }

  /// The reading end of a pipe that a thread fills with bytes.
  func fedPipe(_ bytes: UnsafeRawBufferPointer) -> (reader: Int32, peer: OpaquePointer) {
    let (reader, writer) = makePipe()
    let start = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
    return (reader, bl_peer_start(writer, start, bytes.count)!)
  }

  private func makePipe() -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [0, 0]
    _ = checked(pipe(&ends), "pipe")
    return (ends[0], ends[1])
  }

  /// A file's bytes, mapped for the feeding thread.
  func mapped(_ name: String) -> UnsafeRawBufferPointer {
    let descriptor = openFile(name)
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let bytes = mmap(nil, size, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0)
    guard let bytes, bytes != MAP_FAILED else { fatalError("mmap \(name)") }
    return UnsafeRawBufferPointer(start: bytes, count: size)
  }

  func unmap(_ bytes: UnsafeRawBufferPointer) {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count)
  }
}

/// The result of a system call that must not fail here.
func checked(_ result: Int32, _ what: String) -> Int32 {
  guard result >= 0 else { fatalError("\(what): error \(errno)") }
  return result
}
