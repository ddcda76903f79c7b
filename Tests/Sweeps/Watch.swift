#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ends the process with the present case in words when a load traps, writes where it must
/// not, or does not end.
enum Watch {
  // Kind of sweep, stream, case, seed; plain memory, since a signal handler reads it.
  nonisolated(unsafe) private static let numbers = UnsafeMutablePointer<UInt64>.allocate(
    capacity: 4)

  /// Longest time that one load may take, in seconds.
  static let limit: UInt32 = 20

  static func start(seed: UInt64) {
    numbers.initialize(repeating: 0, count: 4)
    numbers[3] = seed
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGALRM] {
      signal(number) { Watch.report($0) }
    }
  }

  /// Says what is tried next.
  static func enter(_ sweep: StaticString, stream: Int, case number: Int) {
    numbers[0] = UInt64(UInt(bitPattern: sweep.utf8Start))
    numbers[1] = UInt64(stream)
    numbers[2] = UInt64(number)
    alarm(limit)
  }

  /// Nothing is tried any more.
  static func leave() { alarm(0) }

  private static func report(_ signal: Int32) {
    put("VIOLATION: signal ")
    put(UInt64(signal))
    put(signal == SIGALRM ? " (a load does not end)" : signal == SIGSEGV ? " (a write)" : "")
    put(" in sweep ")
    if let name = UnsafePointer<UInt8>(bitPattern: UInt(numbers[0])) {
      write(1, name, strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self)))
    }
    put(", stream ")
    put(numbers[1])
    put(", case ")
    put(numbers[2])
    put(", seed ")
    put(numbers[3])
    put("\n")
    _exit(1)
  }

  private static func put(_ text: StaticString) { write(1, text.utf8Start, text.utf8CodeUnitCount) }

  private static func put(_ number: UInt64) {
    var digit = UInt8(ascii: "0") + UInt8(number % 10)
    if number >= 10 { put(number / 10) }
    write(1, &digit, 1)
  }
}
