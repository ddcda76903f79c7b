import VMState

/// The registers of the real-time clock: time and date as they were last set.
///
/// MC146818 data sheet; QEMU keeps the century in register 0x32.
enum CMOSBlob {
  static func decode(_ bytes: [UInt8]) -> DecodedBlob? {
    guard bytes.count == 128 else { return nil }
    let isBinary = bytes[0x0b] & 4 != 0
    func number(_ register: Int) -> Int {
      let byte = Int(bytes[register])
      return isBinary ? byte : byte >> 4 * 10 + byte & 15
    }
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let date = "\(two(number(0x32)))\(two(number(9)))-\(two(number(8)))-\(two(number(7)))"
    let hour = bytes[0x0b] & 2 != 0 ? number(4) : number(4) & 0x1f
    let time = "\(two(hour)):\(two(number(2))):\(two(number(0)))"
    return DecodedBlob(
      title: "real-time clock",
      entries: [
        .init("date", date, .string(date)), .init("time", time, .string(time)),
        .init("24 hours", bytes[0x0b] & 2 != 0 ? "yes" : "no", .bool(bytes[0x0b] & 2 != 0)),
        .init("binary", isBinary ? "yes" : "no", .bool(isBinary)),
      ])
  }
}
