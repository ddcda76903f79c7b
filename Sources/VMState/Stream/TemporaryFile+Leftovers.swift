#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension TemporaryFile {
  /// Removes what saves to the same target left when they were killed.
  ///
  /// The file of a save that still runs is locked and stays. Nothing here fails the save.
  static func clearLeftovers(of place: SavePlace) {
    let pattern = TemporaryName(for: place.name)
    for name in names(in: place.folder) where pattern.matches(name) {
      clear(FilePath(bytes: name).terminated, in: place.folder)
    }
  }

  private static func clear(_ name: SystemCall.Name, in folder: Int32) {
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
    let number = Int32(clamping: SystemCall.open(name, in: folder, flags))
    guard number >= 0 else { return }
    defer { SystemCall.close(number) }
    var status = stat()
    guard SystemCall.status(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      SystemCall.repeated({ Int(flock(number, LOCK_EX | LOCK_NB)) }) == 0
    else { return }
    // Between the opening and the lock the save may have ended and its name be gone.
    let named = SavePlace.status(name, in: folder)
    guard named.number == 0, named.status.st_dev == status.st_dev,
      named.status.st_ino == status.st_ino
    else { return }
    unlinkat(folder, name, 0)
  }

  /// Names in an open folder.
  private static func names(in folder: Int32) -> [[UInt8]] {
    // A descriptor of its own: reading a folder moves the position.
    let number = Int32(
      clamping: SystemCall.open([CChar(bitPattern: 0x2E), 0], in: folder, O_RDONLY))
    guard number >= 0 else { return [] }
    guard let listing = fdopendir(number) else {
      SystemCall.close(number)
      return []
    }
    defer { closedir(listing) }
    var names: [[UInt8]] = []
    while let entry = readdir(listing) {
      // Only hidden names can match; the others are passed over without a copy.
      if entry.pointee.d_name.0 == 0x2E { names.append(name(of: entry)) }
    }
    return names
  }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
  }
}
