/// What the recording scripts found in the source's memory when it had stopped, and what QEMU's
/// `query-migrate` counted.
struct RecordedMemory: Sendable {
  /// The stream's fixture, then its multifd channels.
  var fixtures: [String]
  /// SHA-256 of the first 640 KiB, in hexadecimal digits.
  var low: String
  /// CRC-32C of everything from 1 MiB on, of an image whose SHA-256 is the recorded one (a sum
  /// that a debug build does in no time).
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
      "e66894984cb6af7573be2543fd5038a2241a6d396d5751ad053521c2c2c1bc36",
      "0a812864", normal: 303, duplicate: 1957),
    .init(
      ["10.0/isapc"],
      "512d9fc20c0f82f8996da554e62a5826a938de577efa0324bc113d4b2e61c6ff",
      "81e01f90", normal: 171, duplicate: 1927),
    .init(
      ["10.0/mapped-ram"],
      "562186ba8a865888ec33c74a1ff65e5b04a502c68d515d80599356b18e647691",
      "81e01f90", normal: 173, duplicate: 1957),
    .init(
      ["10.0/multifd-tee-multifd-main", "10.0/multifd-tee-multifd0", "10.0/multifd-tee-multifd1"],
      "562186ba8a865888ec33c74a1ff65e5b04a502c68d515d80599356b18e647691",
      "81e01f90", normal: 173, duplicate: 1957),
    .init(
      [
        "10.0/multifd-zstd-multifd-main", "10.0/multifd-zstd-multifd0",
        "10.0/multifd-zstd-multifd1",
      ],
      "e3341a462639ad68f3f7f9e41cccf008528bf1581a615c2b4b94fca73532fb85",
      "aba67688", normal: 1246, duplicate: 1233),
    .init(
      ["10.0/pc"],
      "0bcee8797431f68b3af2959c6460159b7e0915bcedd3d0678d57b136c4d9caec",
      "81e01f90", normal: 175, duplicate: 1957),
    .init(
      ["10.0/pc-file"],
      "b641c638156411c59781a7f91dd1df9ca21ef8d1e1e9eb003c5573a8559176b3",
      "2f5a15e8", normal: 173, duplicate: 1957),
    .init(
      ["10.0/pc-rich"],
      "35a3a3a76612a924c6710a432639b0b9307f66f8cd5ea9d4160ea45f0e097049",
      "60667f5b", normal: 175, duplicate: 4005),
    .init(
      ["10.0/pc-smp2"],
      "562186ba8a865888ec33c74a1ff65e5b04a502c68d515d80599356b18e647691",
      "81e01f90", normal: 173, duplicate: 1957),
    .init(
      ["10.0/shared-ram"],
      "562186ba8a865888ec33c74a1ff65e5b04a502c68d515d80599356b18e647691",
      "81e01f90", normal: 175, duplicate: 1957),
    .init(
      ["10.0/xbzrle"],
      "9c75ef272e7a0506b6da68766609c3e105c7d44a50b531b3b0c5f3c50564be55",
      "3b14d52e", normal: 1670, duplicate: 1233),
    .init(
      ["7.2/auto-converge"],
      "5d01b4a39dbf419899bc9dfc60269eb63142f519d91af0975adfa1688cda9b31",
      "236dcdbe", normal: 5516, duplicate: 1234),
    .init(
      ["7.2/block"],
      "8433ee933c7905e994c7ccb867c21f9c0ad67027fb923d07b66f0e59b4a0a220",
      "2f5a15e8", normal: 174, duplicate: 1958),
    .init(
      ["7.2/compress"],
      "432e316f90589d56a453a7ab9d88c6e7db405fa6d1764f21d4cf37a1f71aa4e3",
      "f93b3a7f", normal: 6, duplicate: 1245),
    .init(
      ["7.2/multifd-zlib-multifd-main", "7.2/multifd-zlib-multifd0", "7.2/multifd-zlib-multifd1"],
      "12043f6ad45b14049bb03ea9778c1aa5fd52c7a175342815b06147f7a0c250e5",
      "5b8162fb", normal: 3206, duplicate: 1234),
    .init(
      ["7.2/no-vmdesc"],
      "e20738e5393d52e37453b67310f0dffc17311f69b6693248f2347e0d786c97ae",
      "2f5a15e8", normal: 174, duplicate: 1958),
    .init(
      ["7.2/pc"],
      "2fc0e5b4941bc43327ee2cfdea8212f472cf50dd01c7df309d252a64d3208254",
      "81e01f90", normal: 172, duplicate: 1958),
    .init(
      ["7.2/pc-kvm"],
      "ce53073c87abc9fb48ac6d34412ca373b642ed267cacff25658e960f44c81fc0",
      "81e01f90", normal: 172, duplicate: 1958),
    .init(
      ["7.2/pc-rich"],
      "31c82f39a6770c31242aa5affc17169395152c2436401ceebae307b62fbe7637",
      "60667f5b", normal: 177, duplicate: 4003),
    .init(
      ["7.2/q35"],
      "4dd1029d53c8b4238010452f488795529c167b9e52b00e31016e34c7136e8e63",
      "81e01f90", normal: 176, duplicate: 1956),
    .init(
      ["7.2/return-path"],
      "ccb924ce75d8a3cdfc89f84fd2f3af779b18cfa9ccddf47fd637090089962dcd",
      "2f5a15e8", normal: 172, duplicate: 1958),
    .init(
      ["7.2/rounds"],
      "ea50982182fe246bb79fac6b2607a16553b80345029aee8015712c0ea16aad56",
      "a8560a68", normal: 4746, duplicate: 1234),
    .init(
      ["7.2/slirp"],
      "fba19cc60b6fe66afe242026dacb6cea204e265dbc3cf7e406ad0a90b6be7801",
      "81e01f90", normal: 174, duplicate: 1958),
    .init(
      ["7.2/xbzrle"],
      "c7327b0f9aa71025e362f206414df3c8138ecada86db0a560510bec6db08be2d",
      "01744833", normal: 1667, duplicate: 1234),
  ]
}
