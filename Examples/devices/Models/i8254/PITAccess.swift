/// Which byte of a count is read or written next.
///
/// QEMU: `RW_STATE_LSB` and its neighbours, include/hw/timer/i8254_internal.h.
enum PITAccess {
  /// Only the low byte.
  static let low: UInt8 = 1
  /// Only the high byte.
  static let high: UInt8 = 2
  /// The low byte of a pair.
  static let pairLow: UInt8 = 3
  /// The high byte of a pair.
  static let pairHigh: UInt8 = 4
}

/// What a counter does with its output.
enum PITMode {
  case terminalCount, oneShot, rateGenerator, squareWave, softwareStrobe, hardwareStrobe

  /// From the three mode bits. A value that no control word can make (the kernel's PIT resets
  /// to 255) counts as mode 0, as in QEMU.
  init(_ raw: UInt8) {
    switch raw {
    case 1: self = .oneShot
    case 2, 6: self = .rateGenerator
    case 3, 7: self = .squareWave
    case 4: self = .softwareStrobe
    case 5: self = .hardwareStrobe
    default: self = .terminalCount
    }
  }

  /// The output repeats, and a low gate stops it.
  var isPeriodic: Bool { self == .rateGenerator || self == .squareWave }

  /// A rising gate starts the count afresh.
  var isGateTriggered: Bool { self != .terminalCount && self != .softwareStrobe }
}
