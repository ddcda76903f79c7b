import DeviceModels
import RecordedMachines
import TestSupport
import VMState
import VMStateInspect

/// A fixture, or a copy of one, walked.
struct RecordedStream {
  let name: String
  let profile: StreamProfile
  let bytes: [UInt8]
  let walked: WalkedStream
  private let layouts: StreamDescription?

  init(_ name: String) throws {
    self.name = name
    profile = Self.profile(of: name)
    bytes = try Fixture.stream(name)
    // A stream without a description is laid out as its twin that has one.
    layouts =
      name == "7.2/no-vmdesc"
      ? StreamWalk.collect(MemoryChannel(try Fixture.stream("7.2/pc"))).description : nil
    walked = StreamWalk.collect(MemoryChannel(bytes), WalkOptions(learned: layouts))
  }

  /// The generation of the release that is in a name: its folder, or for those of
  /// `generations` what comes before the machine's.
  private static func profile(of name: String) -> StreamProfile {
    let words = name.split(whereSeparator: { $0 == "/" || $0 == "-" })
    switch words.first == "generations" ? words[1] : words[0] {
    case "4.2", "5.2": return .qemu4_2
    case "8.2": return .qemu8_2
    case "11.1": return .qemu11_1
    case "7.2": return .qemu7_2
    default: return .qemu10_0
    }
  }

  /// What a machine of `original` has saved.
  init(_ bytes: [UInt8], _ original: RecordedStream) {
    name = original.name
    profile = original.profile
    self.bytes = bytes
    layouts = original.layouts
    walked = StreamWalk.collect(MemoryChannel(bytes), WalkOptions(learned: layouts))
  }

  func machine(isLive: Bool = false) throws -> RecordedMachine {
    try RecordedMachine(Recording(walked, profile: profile), isLive: isLive)
  }

  /// The FULL sections with header and footer.
  var deviceParts: [(name: String, bytes: [UInt8])] {
    sections.map { section in
      let first = Int(section.offset)
      return (section.idstr, Array(bytes[first..<first + Int(section.length)]))
    }
  }

  private var sections: [WalkedSection] {
    walked.elements.compactMap { element in
      guard case .section(let section) = element, section.kind == .full else { return nil }
      return section
    }
  }

  func body(of name: SectionName) -> [UInt8]? {
    let found = sections.first { $0.idstr == name.idstr && $0.instance == name.instance }
    return found.map { Array(bytes[Int($0.bodyOffset)..<Int($0.bodyOffset + $0.bodyLength)]) }
  }

  /// The text of the JSON description; nil without one.
  var json: [UInt8]? {
    walked.descriptionRange.map { Array(bytes[Int($0.lowerBound) + 5..<Int($0.upperBound)]) }
  }

  /// The text of each device's object in the description.
  func deviceTexts() throws -> [SectionName: String] {
    guard let json else { return [:] }
    var texts: [SectionName: String] = [:]
    for device in try JSONValue.parse(json)["devices"]?.elements ?? [] {
      guard let name = device["name"]?.text, let instance = device["instance_id"]?.int else {
        continue
      }
      texts[SectionName(idstr: name, instance: UInt32(instance))] = device.jsonText
    }
    return texts
  }

  /// How many sections of it a device model holds.
  var expectedModels: Int {
    switch name {
    case let name where name.contains("none"): 2
    case "7.2/q35": 17
    case "10.0/isapc": 15
    case "7.2/pc-rich", "7.2/slirp", "10.0/pc-rich": 19
    default: 18
    }
  }
}
