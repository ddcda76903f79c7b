extension SharedLibrary {
  /// zlib 1: deflate, zlib and gzip.
  package static func zlib() throws(VMStateError) -> SharedLibrary {
    try SharedLibrary("zlib", files: files(linux: ["libz.so.1"], macOS: "libz.1.dylib"))
  }

  /// zstd 1.
  package static func zstd() throws(VMStateError) -> SharedLibrary {
    try SharedLibrary("zstd", files: files(linux: ["libzstd.so.1"], macOS: "libzstd.1.dylib"))
  }

  /// bzip2 1.0.
  package static func bzip2() throws(VMStateError) -> SharedLibrary {
    try SharedLibrary(
      "bzip2", files: files(linux: ["libbz2.so.1.0", "libbz2.so.1"], macOS: "libbz2.1.0.dylib"))
  }

  /// liblzma 5: xz.
  package static func lzma() throws(VMStateError) -> SharedLibrary {
    try SharedLibrary("lzma", files: files(linux: ["liblzma.so.5"], macOS: "liblzma.5.dylib"))
  }

  /// Linux has one place for libraries, the loader's; on macOS the package managers keep theirs
  /// outside of it.
  private static func files(linux: [String], macOS: String) -> [String] {
    #if canImport(Darwin)
      ["/usr/lib/", "", "/opt/homebrew/lib/", "/usr/local/lib/", "/opt/local/lib/"]
        .map { $0 + macOS }
    #else
      linux
    #endif
  }
}
