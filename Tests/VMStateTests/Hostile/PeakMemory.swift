#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The most memory the process has had, and how much more it was since. Other tests run
/// beside, so only large amounts mean something.
struct PeakMemory {
  private let before = PeakMemory.now

  /// Bytes above what it was when this value was made.
  var growth: Int { Self.now - before }

  private static var now: Int {
    var usage = rusage()
    #if canImport(Darwin)
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #endif
  }
}
