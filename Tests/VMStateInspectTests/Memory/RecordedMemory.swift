/// What the recording scripts found in the source's memory when it had stopped, and what QEMU's
/// `query-migrate` counted.
struct RecordedMemory: Sendable {
  /// The stream's fixture, then its multifd channels.
  var fixtures: [String]
  /// CRC-32C of the first 640 KiB, of an image whose SHA-256 is the recorded one (a sum that a
  /// debug build does in no time).
  var low: String
  /// CRC-32C of everything from 1 MiB on.
  var high: String
  /// Pages with content that were sent, as QEMU counts them.
  var normal: UInt64
  /// Pages of zeros that were sent.
  var duplicate: UInt64

  init(
    _ fixtures: [String], _ low: String, _ high: String, normal: UInt64, duplicate: UInt64
  ) {
    (self.fixtures, self.low, self.high) = (fixtures, low, high)
    (self.normal, self.duplicate) = (normal, duplicate)
  }

  /// Every recording whose memory is in its files: those with `x-ignore-shared` leave it out, and
  /// a background snapshot holds the memory of an earlier instant than the one that was recorded.
  static let all: [RecordedMemory] = [
    .init(
      ["10.0/dirty-bitmaps"],
      "5c64359f",
      "0a812864", normal: 303, duplicate: 1957),
    .init(
      ["10.0/isapc"],
      "f2da9e2a",
      "81e01f90", normal: 171, duplicate: 1927),
    .init(
      ["10.0/mapped-ram"],
      "ae6e2550",
      "81e01f90", normal: 173, duplicate: 1957),
    .init(
      ["10.0/multifd-tee-multifd-main", "10.0/multifd-tee-multifd0", "10.0/multifd-tee-multifd1"],
      "ae6e2550",
      "81e01f90", normal: 173, duplicate: 1957),
    .init(
      [
        "10.0/multifd-zstd-multifd-main", "10.0/multifd-zstd-multifd0",
        "10.0/multifd-zstd-multifd1",
      ],
      "7cb6a149",
      "aba67688", normal: 1246, duplicate: 1233),
    .init(
      ["10.0/pc"],
      "99f59dcd",
      "81e01f90", normal: 175, duplicate: 1957),
    .init(
      ["10.0/pc-file"],
      "786dec67",
      "2f5a15e8", normal: 173, duplicate: 1957),
    .init(
      ["10.0/pc-rich"],
      "8059df74",
      "60667f5b", normal: 175, duplicate: 4005),
    .init(
      ["10.0/pc-smp2"],
      "ae6e2550",
      "81e01f90", normal: 173, duplicate: 1957),
    .init(
      ["10.0/shared-ram"],
      "ae6e2550",
      "81e01f90", normal: 175, duplicate: 1957),
    .init(
      ["10.0/xbzrle"],
      "bdb28320",
      "3b14d52e", normal: 1670, duplicate: 1233),
    .init(
      ["7.2/auto-converge"],
      "276ad755",
      "236dcdbe", normal: 5516, duplicate: 1234),
    .init(
      ["7.2/block"],
      "a3a680ed",
      "2f5a15e8", normal: 174, duplicate: 1958),
    .init(
      ["7.2/compress"],
      "3d9b860d",
      "f93b3a7f", normal: 6, duplicate: 1245),
    .init(
      ["7.2/multifd-zlib-multifd-main", "7.2/multifd-zlib-multifd0", "7.2/multifd-zlib-multifd1"],
      "f336570c",
      "5b8162fb", normal: 3206, duplicate: 1234),
    .init(
      ["7.2/no-vmdesc"],
      "23ff4196",
      "2f5a15e8", normal: 174, duplicate: 1958),
    .init(
      ["7.2/pc"],
      "3051636d",
      "81e01f90", normal: 172, duplicate: 1958),
    .init(
      ["7.2/pc-kvm"],
      "7e3f3741",
      "81e01f90", normal: 172, duplicate: 1958),
    .init(
      ["7.2/pc-rich"],
      "1b12ca63",
      "60667f5b", normal: 177, duplicate: 4003),
    .init(
      ["7.2/q35"],
      "8a392307",
      "81e01f90", normal: 176, duplicate: 1956),
    .init(
      ["7.2/return-path"],
      "3b7c75b5",
      "2f5a15e8", normal: 172, duplicate: 1958),
    .init(
      ["7.2/rounds"],
      "1d8c69b0",
      "a8560a68", normal: 4746, duplicate: 1234),
    .init(
      ["7.2/slirp"],
      "2ce7f902",
      "81e01f90", normal: 174, duplicate: 1958),
    .init(
      ["7.2/xbzrle"],
      "86ba386b",
      "01744833", normal: 1667, duplicate: 1234),
  ]
}
