#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the sweeps need of the operating system and Swift does not give by itself.
enum System {
  /// Seconds since some moment.
  static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The most memory that this process had resident, in bytes.
  static var peakMemory: Int {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #endif
  }

  static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// A function of the C library that Swift does not show.
  private static func symbol(_ name: String) -> UnsafeMutableRawPointer? {
    #if canImport(Darwin)
      let all = UnsafeMutableRawPointer(bitPattern: -2)
    #else
      let all: UnsafeMutableRawPointer? = nil
    #endif
    return dlsym(all, name)
  }

  nonisolated(unsafe) private static let forkFunction = symbol("fork")

  /// Makes a second process of this one. Swift hides the call because of programs with
  /// threads; this one has none.
  static func fork() -> Int32 {
    guard let forkFunction else { fatalError("the system has no fork") }
    return unsafeBitCast(forkFunction, to: (@convention(c) () -> Int32).self)()
  }

  /// Gives unused memory back, where that is possible: a child process has less to copy then.
  static func trimMemory() {
    guard let trim = symbol("malloc_trim") else { return }
    _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0)
  }

  /// Leaves private mappings of exactly this length out of child processes, where that is
  /// possible: one that touches them ends with a signal.
  static func keepFromChildren(_ length: Int) {
    #if canImport(Glibc)
      guard let maps = fopen("/proc/self/maps", "r") else { return }
      defer { fclose(maps) }
      var line: UnsafeMutablePointer<CChar>?
      var room = 0
      defer { free(line) }
      while getline(&line, &room, maps) > 0, let line {
        // Two addresses, rights, offset, device, inode; a name only where a file is mapped.
        let words = String(cString: line).split { " \n".contains($0) }
        let ends = words[0].split(separator: "-").compactMap { Int($0, radix: 16) }
        guard words.count == 5, words[1] == "rw-p", ends.count == 2, ends[1] - ends[0] == length
        else { continue }
        madvise(UnsafeMutableRawPointer(bitPattern: ends[0]), length, MADV_DONTFORK)
      }
    #endif
  }

  /// Waits for a child; its exit status, or 128 and the signal that ended it.
  static func wait(for child: Int32) -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      if errno != EINTR { return 127 }
    }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }

  /// Keeps this process and its children on one of the processors that its parent may use,
  /// where that is possible: a child then finds in the caches what its parent has there.
  static func stay(on index: Int) {
    typealias Call = @convention(c) (Int32, Int, UnsafeMutableRawPointer) -> Int32
    guard let get = symbol("sched_getaffinity"), let set = symbol("sched_setaffinity") else {
      return
    }
    var bits = [UInt64](repeating: 0, count: 16)
    guard unsafeBitCast(get, to: Call.self)(getppid(), 128, &bits) >= 0 else { return }
    let places = (0..<1024).filter { bits[$0 >> 6] & 1 << UInt64($0 & 63) != 0 }
    guard !places.isEmpty else { return }
    let place = places[index % places.count]
    bits = [UInt64](repeating: 0, count: 16)
    bits[place >> 6] = 1 << UInt64(place & 63)
    _ = unsafeBitCast(set, to: Call.self)(0, 128, &bits)
  }

  /// Writes a line at once, so that lines of several processes do not mix.
  static func print(_ line: String) {
    var line = line + "\n"
    line.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
  }
}

/// Memory that child processes share, and that can be made read-only.
final class SharedMemory: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let count: Int

  init(count: Int) {
    let size = max(count, 1)
    #if canImport(Darwin)
      let flags = MAP_SHARED | MAP_ANON
    #else
      let flags = MAP_SHARED | MAP_ANONYMOUS
    #endif
    guard let base = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED
    else { fatalError("no memory") }
    self.base = base
    self.count = count
  }

  convenience init(_ bytes: [UInt8]) {
    self.init(count: bytes.count)
    bytes.withUnsafeBytes { if let from = $0.baseAddress { memcpy(base, from, bytes.count) } }
  }

  deinit { munmap(base, max(count, 1)) }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// From now on a write ends the process with a signal; or not any more.
  func protect(_ isReadOnly: Bool) {
    mprotect(base, max(count, 1), isReadOnly ? PROT_READ : PROT_READ | PROT_WRITE)
  }

  func fill(_ byte: UInt8) { memset(base, Int32(byte), count) }

  /// True if every byte has this value.
  func isFilled(with byte: UInt8) -> Bool {
    count == 0
      || (base.load(as: UInt8.self) == byte && memcmp(base, base + 1, count - 1) == 0)
  }

  func equals(_ other: [UInt8]) -> Bool {
    other.count == count && other.withUnsafeBytes { $0.elementsEqual(bytes) }
  }
}
