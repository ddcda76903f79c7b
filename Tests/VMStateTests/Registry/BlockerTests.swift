import Testing
import VMState

@Suite struct BlockerTests {
  let registry = SaveStateRegistry()
  let machine = TestMachine()

  @Test func listsEverythingWithItsPathInListOrder() throws {
    let gpu = ByteDevice("virtio-gpu", [])
    gpu.isUnmigratable = true
    try registry.register(body: gpu, path: "0000:00:02.0")
    let nic = ByteDevice("virtio-net", [])
    nic.unplugPolls = 1
    try registry.register(body: nic, path: "0000:00:03.0")
    let vfio = CountdownHandlers("vfio", rounds: 0)
    vfio.blockerText = "the device is in use by its host"
    vfio.stagesLoad = false
    try registry.registerLive("0000:00:04.0/vfio", version: 1, handlers: vfio)
    let bitmap = CountdownHandlers("dirty-bitmap", rounds: 0)
    bitmap.isActive = false
    try registry.registerLive("dirty-bitmap", version: 1, handlers: bitmap)
    machine.refuse(["a disk has no snapshots"])

    let saver = StateSaver(registry: registry, machine: machine, options: .none())
    #expect(
      saver.blockers().map(\.description) == [
        "a disk has no snapshots",
        "0000:00:02.0/virtio-gpu: State blocked by non-migratable device "
          + "'0000:00:02.0/virtio-gpu'",
        "0000:00:03.0/virtio-net: the guest has not released the device yet",
        "0000:00:04.0/vfio: the device is in use by its host",
        "dirty-bitmap: the section is inactive and is left out",
      ])
    let loader = StateLoader(registry: registry, machine: machine, options: .none())
    #expect(
      loader.blockers().map(\.kind) == [
        .machine, .unmigratable, .refused, .notStaged, .inactive,
      ])
  }

  @Test func refusesASaveAndALoadBeforeAByteMoves() throws {
    for name in ["gpu0", "gpu1"] {
      let device = ByteDevice(name, [])
      device.isUnmigratable = true
      try registry.register(body: device)
    }
    let channel = MemoryChannel()
    let saver = StateSaver(registry: registry, machine: machine, options: .none())
    let saveError = failure { try saver.save(to: channel) }
    #expect(saveError?.code == .unmigratable)
    #expect(saveError?.message.contains("'gpu0'") == true)
    #expect(saveError?.message.contains("'gpu1'") == true)
    #expect(channel.bytes.isEmpty)
    let loader = StateLoader(registry: registry, machine: machine, options: .none())
    #expect(failure { try loader.load(from: MemoryChannel()) }?.code == .unmigratable)
    #expect(machine.calls.isEmpty)
  }

  @Test func refusesWhatTheMachineRefuses() throws {
    machine.refuse(["a disk has no snapshots"])
    let saver = StateSaver(registry: registry, machine: machine, options: .none())
    let error = failure { try saver.save(to: MemoryChannel()) }
    #expect(error?.code == .machineControl)
    #expect(error?.message == "a disk has no snapshots")
  }

  @Test func refusesASecondTransferOfOneMachine() throws {
    let device = ByteDevice("x", [])
    try registry.register(body: device)
    let saver = StateSaver(registry: registry, machine: machine, options: .none())
    let live = CountdownHandlers("ram", rounds: 1)
    try registry.registerLive("ram", version: 4, handlers: live)
    var codes: [VMStateError.Code?] = []
    live.onIterate = { [registry, machine] _ in
      codes.append(failure { try saver.save(to: MemoryChannel()) }?.code)
      let loader = StateLoader(registry: registry, machine: machine, options: .none())
      codes.append(failure { try loader.load(from: MemoryChannel()) }?.code)
    }
    try saver.save(to: MemoryChannel())
    #expect(codes == [.busy, .busy])
  }
}
