#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A library of the system that is opened when it is first needed, never linked: without it
/// everything else still works.
///
/// It stays open until the process ends.
package struct SharedLibrary: @unchecked Sendable {
  /// For messages, as in `zstd`.
  package let name: String
  private let handle: UnsafeMutableRawPointer

  /// Opens the first file that the system finds.
  ///
  /// - Parameters:
  ///   - name: For messages.
  ///   - files: File names, searched as the system does, or paths.
  /// - Throws: `unsupported` if there is none of them.
  package init(_ name: String, files: [String]) throws(VMStateError) {
    for file in files {
      if let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) {
        self.name = name
        self.handle = handle
        return
      }
    }
    throw VMStateError(
      .unsupported, "the \(name) library is not installed",
      expected: files.joined(separator: " or "), found: "none of them")
  }

  /// A function of the library.
  ///
  /// - Parameters:
  ///   - symbol: Its name in C.
  ///   - type: A `@convention(c)` type that fits its prototype; nothing checks it.
  /// - Throws: `unsupported` if the library has no such function: it is too old.
  package func function<Function>(
    _ symbol: String, as type: Function.Type = Function.self
  ) throws(VMStateError) -> Function {
    precondition(MemoryLayout<Function>.size == MemoryLayout<UnsafeMutableRawPointer>.size)
    guard let address = dlsym(handle, symbol) else {
      throw VMStateError(
        .unsupported, "the installed \(name) library has no function \(symbol): it is too old")
    }
    return unsafeBitCast(address, to: type)
  }
}
