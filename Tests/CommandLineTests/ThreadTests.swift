import TestSupport
import Testing
import VMState
import VMStateInspect

/// Questions that people asked in public threads, and the command that answers each.
@Suite struct ThreadTests {
  /// One question.
  struct Question: Sendable, CustomTestStringConvertible {
    /// Where it was asked.
    let thread: String
    /// Makes the files.
    let files: [@Sendable () throws -> (name: String, bytes: [UInt8])]
    let arguments: [String]
    var status: Int32 = 0
    /// The answer, in the output or the messages.
    let answers: [String]

    var testDescription: String { "\(thread): \(arguments.joined(separator: " "))" }
  }

  private static func recorded(
    _ fixture: String, _ name: String
  ) -> @Sendable () throws -> (name: String, bytes: [UInt8]) {
    { (name, try Fixture.stream(fixture)) }
  }

  /// A recorded stream in which one name stands for another of the same length.
  private static func renamed(
    _ fixture: String, _ old: String, _ new: String
  ) -> @Sendable () throws -> (name: String, bytes: [UInt8]) {
    precondition(old.utf8.count == new.utf8.count)
    return {
      var bytes = try Fixture.stream(fixture)
      let (old, new) = (Array(old.utf8), Array(new.utf8))
      for index in bytes.indices where bytes[index] == old[0] && bytes[index...].starts(with: old) {
        bytes.replaceSubrange(index..<index + old.count, with: new)
      }
      return ("state", bytes)
    }
  }

  /// Bytes too many in a device's section.
  @Sendable private static func longPowerManagement() throws -> (name: String, bytes: [UInt8]) {
    var stream = try EditedStream("10.0/pc")
    let section = try #require(stream.sections("0000:00:01.3/piix4_pm").first)
    stream.bytes.insert(contentsOf: hex("5a a5"), at: Int(section.bodyOffset) + 2432)
    return ("broken", stream.bytes)
  }

  static let loading: [Question] = [
    Question(
      thread: "AlmaLinux/almalinux-deploy #196, qemu #2110",
      files: [longPowerManagement, recorded("10.0/pc-smp2", "good")],
      arguments: ["verify", "broken", "--good", "good"], status: 65,
      answers: [
        "0000:00:01.3/piix4_pm: Missing section footer", "expected  0x7e",
        "the description says 2432 (2 too many)", "2 bytes too many from field",
      ]),
    Question(
      thread: "canonical/multipass #738", files: [recorded("10.0/pc-rich", "state")],
      arguments: ["sections", "state"],
      answers: ["FULL       41        2  yes    0000:00:04.0/virtio-blk"]
    ),
    Question(
      thread: "canonical/multipass #738, against the destination",
      files: [recorded("10.0/pc-rich", "state"), recorded("10.0/pc", "target")],
      arguments: ["check", "state", "--against", "target"], status: 1,
      answers: ["refused: 0000:00:04.0/virtio-blk: the destination has no such section"]),
    Question(
      thread: "canonical/multipass #598, #642, #2231, #5053",
      files: [recorded("10.0/pc", "state")], arguments: ["state"],
      answers: [
        "machine      pc-i440fx-10.0", "/rom@etc/acpi/tables      128 KiB",
        "ROMs must have these sizes",
      ]
    ),
    Question(
      thread: "canonical/multipass #4970", files: [recorded("7.2/pc", "state")],
      arguments: ["state"], answers: ["pc-i440fx-7.2", "QEMU         7.2 or later, before 10.0"]),
    Question(
      thread: "kubevirt/kubevirt #16386", files: [recorded("10.0/pc-rich", "state")],
      arguments: ["dump", "state", "--section", "*virtio-net*"],
      answers: ["features: 0x20 (MAC)", "num: 1024"]),
    Question(
      thread: "NixOS/nixpkgs #179692", files: [recorded("10.0/pc-rich", "state")],
      arguments: ["dump", "state", "--section", "*usb-kbd*"], answers: ["0000:00:07.0/1/usb-kbd"]),
    Question(
      thread: "ganeti/ganeti #252",
      files: [recorded("10.0/pc", "state"), recorded("7.2/pc", "target")],
      arguments: ["check", "state", "--against", "target"], status: 1,
      answers: ["command 11: the destination does not know this command"]),
    Question(
      thread: "S2E/s2e-env #234, xemu-project/xemu #1159", files: [longPowerManagement],
      arguments: ["broken"], status: 65, answers: ["problems     1", "Missing section footer"]),
    Question(
      thread: "panda-re/panda #410", files: [recorded("10.0/pc-rich", "state")],
      arguments: ["state"], answers: ["needs -m 16"]),
    Question(
      thread: "lxc/incus #3818", files: [recorded("10.0/pc-smp2", "state")],
      arguments: ["state"], answers: ["CPUs         2", "-smp 2"]),
    Question(
      thread: "support.microfocus.com 7017048, sandia-minimega/minimega #847",
      files: [recorded("10.0/pc-rich", "state"), recorded("10.0/pc", "target")],
      arguments: ["check", "state", "--against", "target"], status: 1,
      answers: ["refused: ram/pc.ram: the RAM block has another size"]),
    Question(
      thread: "wiki.qemu.org Features/Migration/Troubleshooting",
      files: [recorded("10.0/pc", "state")], arguments: ["state"],
      answers: ["made by a machine with -M pc-i440fx-10.0 -m 8"]),
  ]

  static let looking: [Question] = [
    Question(
      thread: "kubevirt/kubevirt #2891", files: [recorded("10.0/pc", "state")],
      arguments: ["state", "--format", "json"], answers: ["\"schema\": 1"]),
    Question(
      thread: "AFLplusplus/qemu-libafl-bridge PR #128, oxidecomputer/propolis PR #1117",
      files: [recorded("10.0/pc", "first"), recorded("10.0/pc-file", "second")],
      arguments: ["diff", "first", "second"], status: 1, answers: ["field timer/cpu_ticks_offset"]),
    Question(
      thread: "AFLplusplus/LibAFL PR #1386", files: [recorded("10.0/pc", "state")],
      arguments: ["diff", "state", "state"], answers: []),
    Question(
      thread: "juergh/lqs2mem #2, #3", files: [recorded("10.0/pc", "state")],
      arguments: ["ram", "state", "-o", "memory"], answers: []),
    Question(
      thread: "ptesarik/libkdumpfile #16, volatility3 PR #212",
      files: [recorded("10.0/pc", "state")], arguments: ["ram", "state", "--elf", "-o", "core"],
      answers: []),
    Question(
      thread: "quickemu-project/quickemu #1261", files: [renamed("10.0/pc", "pc.bios", "x.flash")],
      arguments: ["state"], answers: ["firmware in flash"]),
    Question(
      thread: "stefanberger/swtpm #986", files: [renamed("10.0/pc", "vmmouse", "tpm-tis")],
      arguments: ["state"], answers: ["a TPM whose own state is not in the stream"]),
    Question(
      thread: "nutanix/libvfio-user #554, oracle/qemu #6",
      files: [renamed("10.0/pc", "vmmouse", "01/vfio")], arguments: ["state"],
      answers: ["assigned devices (vfio)"]),
    Question(
      thread: "cloud-hypervisor/cloud-hypervisor #1600, #3949",
      files: [recorded("7.2/pc", "old"), recorded("10.0/pc", "new")],
      arguments: ["schema", "--diff", "old", "new"], status: 1,
      answers: ["globalstate", "runstate: 100 bytes became 32"]),
  ]

  @Test(arguments: loading + looking)
  func answersTheQuestion(question: Question) throws {
    let folder = ToolFolder()
    for make in question.files {
      let (name, bytes) = try make()
      folder.write(bytes, to: name)
    }
    let result = try ToolRun(question.arguments, in: folder)
    let text = result.output + result.errors
    #expect(result.status == question.status, "\(text.suffix(2000))")
    for answer in question.answers {
      #expect(text.contains(answer), "'\(answer)' is not in: \(text.suffix(3000))")
    }
  }

  /// utmapp/UTM #4875, #280, #3819, #3303, #6943.
  @Test func listsTheSnapshotsOfADisk() throws {
    let folder = ToolFolder()
    folder.write(try Fixture.stream("containers/qcow2-4k"), to: "disk.qcow2")
    let result = try ToolRun(["snapshots", "disk.qcow2"], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("ID"))
    #expect(result.output.contains("stream"))
    let inside = try ToolRun(["disk.qcow2"], in: folder)
    #expect(inside.status == 0)
    #expect(inside.output.contains("container    qcow2 snapshot"))
    #expect(inside.errors.contains("no snapshot was named"))
  }

  /// The memory that comes out is the memory that went in.
  @Test func writesAllOfTheMemory() throws {
    let folder = ToolFolder()
    folder.write(try Fixture.stream("10.0/pc"), to: "state")
    let result = try ToolRun(["ram", "state", "-o", "memory"], in: folder)
    #expect(result.status == 0)
    let memory = folder.content("memory")
    #expect(memory.count == 8 << 20)
    let block = try ToolRun(["ram", "state", "--block", "pc.ram", "-o", "block"], in: folder)
    #expect(block.status == 0)
    #expect(folder.content("block") == memory)
    #expect(memory.contains { $0 != 0 })
  }
}
