import TestSupport
import Testing
import VMState

@testable import VMStateInspect

/// Containers with bytes changed or missing give an error or a state, and no trap.
@Suite struct DamagedImageTests {
  /// Small ones of every kind.
  static let small = [
    "qcow2-v2-4k", "qcow2-odd-disk", "written-deflate-4k", "written-zstd-extended",
    "qcow2-extended-16k", "stream-gzip-members", "stream-bzip2", "stream-xz", "stream-zstd-19",
    "libvirt-raw", "libvirt-raw-big", "libvirt-gzip", "libvirt-zstd", "proxmox-archive",
  ]

  @Test(arguments: small)
  func changedBytesNeverTrap(_ name: String) throws {
    let seed: UInt64 = 7_261_121
    var random = SeededGenerator(seed: seed)
    let good = try Fixture.image(name)
    var results = 0
    // Of long files some; thousands of each kind of file are in the sweep `walks`.
    for _ in 0..<(good.count < 16 << 10 ? 60 : 15) {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Tables and headers are at the front of the file and of each cluster.
        let place = Int.random(
          in: 0..<(Bool.random(using: &random) ? 512 : bytes.count), using: &random)
        bytes[place] = .random(in: 0...255, using: &random)
      }
      if openAndRead(bytes, name) == nil { results += 1 }
    }
    // Some changes hit what nothing looks at.
    #expect(results > 0, "seed \(seed)")
  }

  @Test(arguments: small)
  func missingBytesAreAnErrorOrAShorterState(_ name: String) throws {
    let good = try Fixture.image(name)
    for part in stride(from: 0, to: 40, by: 3) {
      let cut = Array(good.prefix(good.count * part / 40))
      let error = openAndRead(cut, name)
      if name.hasPrefix("stream-"), part > 5, part < 35 {
        #expect(error?.code == .endOfStream, "\(cut.count) bytes")
        #expect(error?.offset != nil)
      }
    }
  }

  @Test func aTruncatedImageIsNoRunOfZeros() throws {
    let good = try Fixture.image("qcow2-v3-4k")
    let error = openAndRead(Array(good.prefix(good.count / 2)), "half")
    #expect(error != nil)
  }

  /// Opens the bytes and reads up to 2 MiB of what is inside; the error, or nil.
  private func openAndRead(_ bytes: [UInt8], _ name: String) -> VMStateError? {
    openError { () throws(VMStateError) in
      let opened = try StateFile.open(MemoryChannel(bytes), name: name)
      var buffer = [UInt8](repeating: 0, count: 65536)
      for _ in 0..<32 {
        let count = try buffer.filled { target throws(VMStateError) in
          try opened.channel.read(into: target)
        }
        if count == 0 { return }
      }
    }
  }
}
