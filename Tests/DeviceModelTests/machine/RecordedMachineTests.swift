import DeviceModels
import RecordedMachines
import TestSupport
import Testing
import VMState
import VMStateInspect

/// Streams that QEMU wrote, held by a machine of the device models: every byte of device
/// state and every byte of JSON comes out again as it went in.
@Suite struct RecordedMachineTests {
  static let names = [
    "7.2/none", "7.2/none-noram", "7.2/pc", "7.2/pc-rich", "7.2/pc-kvm", "7.2/q35", "7.2/slirp",
    "7.2/no-vmdesc", "7.2/return-path", "7.2/ignore-shared", "7.2/background-snapshot",
    "7.2/rounds", "7.2/auto-converge", "10.0/none", "10.0/pc", "10.0/pc-rich", "10.0/pc-smp2",
    "10.0/pc-file", "10.0/isapc", "10.0/shared-ram", "10.0/ignore-shared", "10.0/cpr-reboot",
  ]

  @Test func coversEveryFixture() throws {
    #expect(try Set(Self.names) == Set(Fixture.plainStreams()))
  }

  /// Each device is mirrored in its model.
  @Test(arguments: names)
  func savesTheSameDeviceStateAndDescription(name: String) throws {
    let original = try RecordedStream(name)
    let machine = try original.machine()
    try machine.loader.load(from: MemoryChannel(original.bytes))
    try expectMirrors(machine, of: original)
    let saved = MemoryChannel()
    try machine.saver.save(to: saved)
    let again = RecordedStream(saved.bytes, original)
    #expect(again.walked.error == nil)
    #expect(again.deviceParts.count == original.deviceParts.count)
    for (ours, theirs) in zip(again.deviceParts, original.deviceParts) {
      #expect(ours.name == theirs.name)
      #expect(ours.bytes == theirs.bytes, "\(theirs.name)")
    }
    #expect(again.json == original.json)
  }

  /// Each device is in its model.
  private func expectMirrors(_ machine: RecordedMachine, of original: RecordedStream) throws {
    let texts = try original.deviceTexts()
    for mirrored in machine.modelled {
      let entry = try #require(
        machine.registry.find(mirrored.idstr, instance: mirrored.instance))
      let device = try #require(entry.described)
      #expect(!(device is DescribedBinding))
      let (bytes, text) = try encode(device, original.profile)
      #expect(bytes == original.body(of: mirrored), "\(mirrored.idstr)")
      // Streams without a description have none to compare with.
      if let theirs = texts[mirrored] {
        #expect("{\(head(mirrored)), \(text)}" == theirs, "\(mirrored.idstr)")
      }
    }
    #expect(machine.modelled.count == original.expectedModels, "\(machine.modelled.map(\.idstr))")
  }

  @Test(arguments: ["7.2/pc", "7.2/rounds", "10.0/pc", "10.0/pc-rich"])
  func loadsTheMemoryThatItSaved(name: String) throws {
    let original = try RecordedStream(name)
    let machine = try original.machine()
    try machine.loader.load(from: MemoryChannel(original.bytes))
    let saved = MemoryChannel()
    try machine.saver.save(to: saved)
    let other = try RecordedStream(saved.bytes, original).machine()
    try other.loader.load(from: MemoryChannel(saved.bytes))
    for (left, right) in zip(machine.blocks.blocks, other.blocks.blocks) {
      #expect(left.idstr == right.idstr)
      #expect(content(left) == content(right), "\(left.idstr)")
    }
  }

  /// The timer is armed by the device's `afterLoad`, once, and only in a machine that is to run.
  @Test(arguments: [true, false]) func wakesTheDevicesAfterALoad(isLive: Bool) throws {
    let original = try RecordedStream("10.0/pc")
    let machine = try original.machine(isLive: isLive)
    var armed: [TimerExpiry] = []
    machine.board.pit.armTimer = { armed.append($0) }
    try machine.loader.load(from: MemoryChannel(original.bytes))
    try machine.saver.save(to: MemoryChannel())
    let next = machine.board.pit.state.channels[0].nextTransitionTime
    #expect(next > 0)
    #expect(armed == (isLive ? [TimerExpiry(next)] : []))
  }

  private func encode(
    _ device: any DescribedBody, _ profile: StreamProfile
  ) throws -> ([UInt8], String) {
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    var json: DescriptionText? = DescriptionText()
    try device.save(to: &writer, json: &json, SaveContext(profile: profile))
    try writer.flush()
    return (channel.bytes, String(decoding: json?.bytes ?? [], as: UTF8.self))
  }

  private func head(_ name: SectionName) -> String {
    "\"name\": \"\(name.idstr)\", \"instance_id\": \(name.instance)"
  }

  private func content(_ block: RAMBlock) -> [UInt8] {
    [UInt8](UnsafeRawBufferPointer(start: block.memory.base, count: Int(block.usedLength)))
  }
}
