#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ends this process at once, without what a parent process registered.
func leave(_ status: Int32) -> Never { _exit(status) }
