import DeviceModels
import VMState

/// The example devices' tables: each loads any bytes, and what it accepted can be saved again.
enum Models {
  private struct Model: Sendable {
    let image: @Sendable () throws(VMStateError) -> [UInt8]
    let load: @Sendable ([UInt8]) throws(VMStateError) -> Void
  }

  private static let all: [Model] = [
    model(PITState.vmstate, PITState()), model(PICState.vmstate, PICState()),
    model(RTCState.vmstate, RTCState()), model(ISASerialState.vmstate, ISASerialState()),
    model(PS2KeyboardState.vmstate, PS2KeyboardState()),
    model(PS2MouseState.vmstate, PS2MouseState()),
    model(ISAKeyboardControllerState.vmstate, ISAKeyboardControllerState()),
    model(DMAState.vmstate, DMAState()), model(IOAPICState.vmstate, IOAPICState()),
    model(HPETState.vmstate, HPETState()), model(HPETState.vmstate7_2, HPETState()),
    model(FirmwareConfigState.vmstate, FirmwareConfigState()),
    model(Port92State.vmstate, Port92State()), model(SpeakerState.vmstate, SpeakerState()),
    model(PIIX4PowerState.vmstate, PIIX4PowerState()), model(E1000State.vmstate, E1000State()),
    model(GlobalState.vmstate, stored(GlobalState()) { $0.store(.paused) }),
    model(GlobalState7_2.vmstate, stored(GlobalState7_2()) { $0.store(.paused) }),
    model(ClockState.vmstate, ClockState()),
  ]

  /// A fresh global state names no run state, which no load accepts.
  private static func stored<State>(_ state: State, _ store: (inout State) -> Void) -> State {
    var copy = state
    store(&copy)
    return copy
  }

  private static func model<State: Sendable>(
    _ table: VMStateDescription<State>, _ fresh: State
  ) -> Model {
    Model(
      image: { () throws(VMStateError) in try table.bytes(of: fresh) },
      load: { bytes throws(VMStateError) in
        var reader = StreamReader(MemoryChannel(bytes))
        var state = fresh
        try table.load(&state, from: &reader, LoadContext(limits: limits))
        _ = try table.bytes(of: state)
      })
  }

  /// The first byte chooses the device.
  static func load(_ bytes: [UInt8]) throws(VMStateError) {
    guard let first = bytes.first else { return }
    try all[Int(first) % all.count].load(Array(bytes.dropFirst()))
  }

  /// A fresh device's section, for each of them.
  static func seeds() throws(VMStateError) -> [[UInt8]] {
    var seeds: [[UInt8]] = []
    for (index, model) in all.enumerated() { seeds.append([UInt8(index)] + (try model.image())) }
    return seeds
  }
}
