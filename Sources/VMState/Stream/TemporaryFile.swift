#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The file that a save writes until it takes the final name.
///
/// Its name is `.NAME.vmstate-PID-RANDOM.tmp` in the folder of the target. As long as the
/// save runs it holds the file's lock (`flock`), which ends with the process however that
/// ends: a file of such a name whose lock can be had is a leftover.
struct TemporaryFile {
  let number: Int32
  let name: SystemCall.Name

  /// Makes and locks the file, with the owner and mode of the one it replaces, or mode 0600.
  ///
  /// - Throws: `channelFailed`.
  static func make(for place: SavePlace) throws(VMStateError) -> TemporaryFile {
    for _ in 0..<16 {
      let pattern = TemporaryName(for: place.name)
      let name = pattern.random()
      let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
      let number = SystemCall.open(name, in: place.folder, flags, mode: 0o600)
      if number == -Int(EEXIST) { continue }
      guard number >= 0 else {
        throw .system("cannot make a file beside \(place.text)", number)
      }
      let file = TemporaryFile(number: Int32(number), name: name)
      if file.lock() {
        file.takeOver(place)
        return file
      }
      place.remove(name)
      SystemCall.close(file.number)
    }
    throw VMStateError(.channelFailed, "cannot make a file beside \(place.text)")
  }

  /// Locks the file; false if a clearing save was faster.
  private func lock() -> Bool {
    let result = SystemCall.repeated { Int(flock(number, LOCK_EX | LOCK_NB)) }
    // Where the file system has no locks the save goes on without.
    if result == -Int(EWOULDBLOCK) { return false }
    var status = stat()
    return SystemCall.status(number, &status) == 0 && status.st_nlink > 0
  }

  private func takeOver(_ place: SavePlace) {
    guard let old = place.found, old.st_mode & S_IFMT == S_IFREG else { return }
    // A foreign owner can be kept only with privileges; the save does not fail for it.
    var status = stat()
    if SystemCall.status(number, &status) == 0,
      status.st_uid != old.st_uid || status.st_gid != old.st_gid
    {
      _ = fchown(number, old.st_uid, old.st_gid)
    }
    _ = fchmod(number, old.st_mode & 0o777)
  }
}

/// The names of a target's temporary files.
struct TemporaryName {
  // Bytes of the target's name that are taken over, so that the result is no longer than 255.
  private static let longestPart = 190
  private static let ending = Array(".tmp".utf8)

  private let prefix: [UInt8]

  init(for name: FilePath) {
    prefix = [UInt8(ascii: ".")] + name.bytes.prefix(Self.longestPart) + Array(".vmstate-".utf8)
  }

  /// A new name of this process.
  func random() -> SystemCall.Name {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    let unique = "\(getpid())-" + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    return FilePath(bytes: prefix + Array(unique.utf8) + Self.ending).terminated
  }

  /// True for a name that `random()` can have made, in whatever process.
  func matches(_ name: some Collection<UInt8>) -> Bool {
    guard name.starts(with: prefix) else { return false }
    let parts = name.dropFirst(prefix.count)
      .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].count == 16 + Self.ending.count else { return false }
    return !parts[0].isEmpty && parts[0].allSatisfy(Self.isDigit)
      && parts[1].prefix(16).allSatisfy(Self.isHexDigit)
      && parts[1].dropFirst(16).elementsEqual(Self.ending)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"))
  }
}
