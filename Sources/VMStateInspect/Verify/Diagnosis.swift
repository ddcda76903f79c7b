import VMState

/// Everything that can be told about one problem of a stream.
public struct Diagnosis: Sendable {
  /// The problem.
  public var problem: StreamSummary.Problem
  /// The bytes around it, and where they begin; empty if they are lost.
  public private(set) var bytes: [UInt8] = []
  /// Offset of the first of the bytes.
  public private(set) var firstByte: UInt64 = 0
  /// What it means and what a good stream has there, in sentences.
  public private(set) var clues: [String] = []

  private static let longestBody = 4 << 20

  /// Looks at a problem.
  ///
  /// - Parameters:
  ///   - channel: The stream; its bytes are read again if it has positions.
  ///   - good: A stream of the same kind of machine that loads, or a description.
  public init(
    _ problem: StreamSummary.Problem, in channel: (any ByteChannel)?, good: GoodStream? = nil
  ) {
    self.problem = problem
    readBytes(channel)
    tellFooter()
    tellLengths()
    tellSuspect(channel, good)
  }

  /// Where it is.
  public var offset: UInt64? { problem.error.offset }

  private mutating func readBytes(_ channel: (any ByteChannel)?) {
    guard let offset else { return }
    if let channel, channel.capabilities.contains(.positioned) {
      firstByte = Self.shownRange(offset).lowerBound
      bytes = Self.read(channel, firstByte, Self.shownBytes)
    } else if let around = problem.surroundings {
      firstByte = around.first
      bytes = around.bytes
    }
  }

  private static let shownBytes = 80

  /// The bytes that are shown for a place.
  static func shownRange(_ offset: UInt64) -> Range<UInt64> {
    let first = (offset - min(offset, 24)) / 16 * 16
    return first..<first + min(UInt64(shownBytes), .max - first)
  }

  private static func read(
    _ channel: any ByteChannel, _ first: UInt64, _ count: Int
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard let got = try? channel.readFully(into: &bytes, at: first) else { return [] }
    return Array(bytes.prefix(got))
  }

  // MARK: Clues

  private mutating func tellFooter() {
    guard let header = problem.header else { return }
    switch problem.error.code {
    case .missingFooter, .footerMismatch:
      let digits = (0..<4).reversed().map {
        hexadecimal(UInt8(truncatingIfNeeded: header.sectionID >> (8 * UInt32($0))))
      }
      clues.append(
        "a good stream has the footer here: 7e \(digits.joined(separator: " ")) "
          + "(section id \(header.sectionID))")
    default: break
    }
  }

  private mutating func tellLengths() {
    guard let body = problem.bodyOffset else { return }
    if let resumes = problem.resumes, resumes >= body {
      var text = "the next footer of this section stands at \(resumes)"
      if let end = problem.describedEnd, end >= body {
        let (said, found) = (end - body, resumes - body)
        text += "; the body has \(found) bytes, the description says \(said)"
        text += found > said ? " (\(found - said) too many)" : " (\(said - found) too few)"
      } else {
        text += ", \(resumes - body) bytes behind the body's begin"
      }
      clues.append(text)
    } else if problem.resumes == nil, problem.header != nil {
      clues.append("no footer of this section follows: the stream cannot be read on from here")
    }
  }

  private mutating func tellSuspect(_ channel: (any ByteChannel)?, _ good: GoodStream?) {
    guard let header = problem.header, let body = problem.bodyOffset, header.kind == .full else {
      return
    }
    guard let good else {
      if problem.resumes != nil {
        clues.append("--good FILE, a stream of such a machine that loads, pins it to a field")
      }
      return
    }
    guard let end = problem.resumes, end >= body, end - body <= UInt64(Self.longestBody),
      let channel
    else { return }
    let own = problem.partial?.table
    guard let model = good.section(header, own) else {
      return tellLayout(header, own, good)
    }
    let bytes = Self.read(channel, body, Int(end - body))
    if let found = BodyAlignment.find(bytes, model) {
      tell(found, body)
    } else {
      tellLayout(header, own, good)
    }
  }

  private mutating func tell(_ found: BodyAlignment, _ body: UInt64) {
    let amount = found.shift.magnitude
    let what = found.shift > 0 ? "too many" : "missing"
    let unit = amount == 1 ? "byte" : "bytes"
    var place = "field '\(found.field.pathText)'"
    if found.lastField != found.field { place += " to '\(found.lastField.pathText)'" }
    clues.append(
      "against the good stream \(amount) \(unit) \(what) from \(place) on "
        + "(at byte \(body + UInt64(found.offset)), \(found.offset) bytes into the body): "
        + "this is the first field that looks wrong")
  }

  private mutating func tellLayout(
    _ header: SectionHeader, _ own: DescribedTable?, _ good: GoodStream
  ) {
    guard let other = good.table(header, own) else {
      clues.append("the good stream has no section '\(header.idstr)' and none of its kind")
      return
    }
    if let own, let difference = LayoutDifference.first(own, other) {
      clues.append("its layout differs from the good one: \(difference.text)")
    }
  }
}
