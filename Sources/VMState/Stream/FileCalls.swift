#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The steps of a save that can fail late, so that a test can make each of them fail.
package struct FileCalls: Sendable {
  /// Called before each write; a nonzero result is the error number it fails with.
  package var writeFault: @Sendable () -> Int32 = { 0 }
  /// Hands a file or folder to the disk; 0 or a negated error number.
  package var sync: @Sendable (Int32) -> Int = { SystemCall.sync($0) }
  /// Renames inside a folder; 0 or a negated error number.
  package var rename: @Sendable (_ from: [CChar], _ to: [CChar], _ folder: Int32) -> Int = {
    from, to, folder in
    SystemCall.repeated { Int(renameat(folder, from, folder, to)) }
  }

  /// The real calls.
  package init() {}

  func beforeWrite(_ name: String) throws(VMStateError) {
    let fault = writeFault()
    if fault != 0 { throw .system("cannot write \(name)", -Int(fault)) }
  }
}
