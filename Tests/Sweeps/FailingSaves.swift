import TestSupport
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Saves to a file that end at every byte: the earlier file is whole, the machine runs on.
struct FailingSaves {
  /// Passes on a number of bytes, then fails.
  private final class Failing: ByteChannel {
    private let inner: AtomicFileChannel
    private let left: Guarded<Int>

    init(_ inner: AtomicFileChannel, after count: Int) {
      self.inner = inner
      left = Guarded(count)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

    func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
      var span = spans[0]
      let count = left.withLock { left in
        let count = min(left, span.count)
        left -= count
        return count
      }
      guard count > 0 else { throw VMStateError(.channelFailed, "no space is left") }
      span.count = count
      return try withUnsafePointer(to: span) { (pointer) throws(VMStateError) in
        try inner.write(UnsafeBufferPointer(start: pointer, count: 1))
      }
    }

    func shutdown() { inner.shutdown() }
    func close() throws(VMStateError) { try inner.close() }
  }

  static func run(_ arguments: Arguments) throws {
    let sums = try Workers.run(sums: 3) { index, workers in
      var sweep = try FailingSaves(index, workers, arguments.seed)
      return try sweep.sweep()
    }
    System.print(
      "failing-saves: \(sums[0]) saves ended after every number of bytes, \(sums[1]) by the "
        + "system's own file size limit, \(sums[2]) by hooks; the earlier file whole, the machine "
        + "runs on")
  }

  private let index: Int
  private let workers: Int
  private let folder: ScratchFolder
  private let path: String
  private let earlier: [UInt8]
  private let machine: SmallMachine
  private let whole: [UInt8]

  private init(_ index: Int, _ workers: Int, _ seed: UInt64) throws {
    self.index = index
    self.workers = workers
    folder = try ScratchFolder("saves-\(index)")
    path = folder.path + "/state"
    Watch.start(seed: seed)
    let earlier = try SmallMachine(seed: seed &+ 1, pages: 1)
    try earlier.saver.save(to: AtomicFileChannel(savingTo: path))
    self.earlier = try ScratchFolder.content(path)
    machine = try SmallMachine(seed: seed, pages: 1)
    try machine.expect(try machine.save())
    whole = try machine.save()
  }

  private mutating func sweep() throws -> [Int] {
    var sums = [0, 0, 0]
    for count in stride(from: index, to: whole.count, by: workers) {
      Watch.enter("failing saves", stream: 0, case: count)
      let error = save { Failing($0, after: count) }
      try check(error, "after \(count) bytes")
      sums[0] += 1
    }
    for count in stride(from: index * 17, to: whole.count, by: workers * 17) {
      Watch.enter("saves against the file size limit", stream: 0, case: count)
      let error = try FileSizeLimit.with(count) { save { $0 } }
      try check(error, "with a limit of \(count) bytes")
      sums[1] += 1
    }
    sums[2] = try failHooks()
    Watch.leave()
    try saveWell()
    folder.remove()
    return sums
  }

  /// Every hook that a good save calls fails once.
  private func failHooks() throws -> Int {
    machine.hooks.seen = []
    _ = try machine.save()
    let names = machine.hooks.seen.sorted()
    guard names.contains("live save-complete") else { throw Violation("a save calls \(names)") }
    for name in names {
      machine.hooks.failing = name
      try check(save { $0 }, "\(name) fails")
    }
    machine.hooks.failing = nil
    return names.count
  }

  private func save(_ wrap: (AtomicFileChannel) -> any ByteChannel) -> VMStateError? {
    do throws(VMStateError) {
      try machine.saver.save(to: wrap(AtomicFileChannel(savingTo: path)))
      return nil
    } catch {
      return error
    }
  }

  private func check(_ error: VMStateError?, _ what: String) throws {
    guard error != nil else { throw Violation("a save that ends \(what) is taken for good") }
    guard try ScratchFolder.content(path) == earlier else {
      throw Violation("a save that ends \(what) has changed the earlier file")
    }
    guard folder.names == ["state"] else {
      throw Violation("a save that ends \(what) leaves \(folder.names)")
    }
    if let difference = machine.difference() {
      throw Violation("after a save that ends \(what): \(difference)")
    }
  }

  /// After all that the machine can still be saved.
  private func saveWell() throws {
    if let error = save({ $0 }) { throw Violation("a good save fails: \(error)") }
    let bytes = try ScratchFolder.content(path)
    guard bytes == whole else {
      let place = zip(bytes, whole).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      throw Violation(
        "a good save writes other bytes than before, from \(place ?? whole.count) on; "
          + "\(bytes.count) bytes, before \(whole.count)")
    }
  }
}

/// A folder for one process of a sweep.
struct ScratchFolder {
  let path: String

  init(_ name: String) throws {
    let root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    path = "\(root)/sweeps-\(getpid())-\(name)"
    guard mkdir(path, 0o700) == 0 else { throw Violation("cannot make the folder \(path)") }
  }

  /// Everything in the folder.
  var names: [String] { Self.names(of: path) }

  /// Everything in a folder.
  static func names(of path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func remove() {
    for name in names { unlink(path + "/" + name) }
    rmdir(path)
  }

  static func content(_ path: String) throws -> [UInt8] {
    let channel = try FileChannel(reading: path)
    var bytes = [UInt8](repeating: 0, count: Int(channel.size ?? 0))
    var done = 0
    while done < bytes.count {
      let got = try bytes.withUnsafeMutableBytes { bytes in
        try channel.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[done...]))
      }
      guard got > 0 else { break }
      done += got
    }
    return Array(bytes[..<done])
  }
}

/// The system's own limit on the size of files.
enum FileSizeLimit {
  static func with<Result>(_ bytes: Int, _ body: () throws -> Result) throws -> Result {
    signal(SIGXFSZ, SIG_IGN)
    #if canImport(Darwin)
      let kind = RLIMIT_FSIZE
    #else
      let kind = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #endif
    var old = rlimit()
    getrlimit(kind, &old)
    var new = rlimit(rlim_cur: rlim_t(bytes), rlim_max: old.rlim_max)
    guard setrlimit(kind, &new) == 0 else { throw Violation("cannot limit the size of files") }
    defer { setrlimit(kind, &old) }
    return try body()
  }
}
