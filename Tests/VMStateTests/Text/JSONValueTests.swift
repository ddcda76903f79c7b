import TestSupport
import Testing
import VMState

@Suite struct JSONValueTests {
  private func parse(_ text: String, _ limits: Limits = Limits()) throws(VMStateError)
    -> JSONValue
  {
    try JSONValue.parse(Array(text.utf8), limits: limits)
  }

  private func error(_ text: String, _ limits: Limits = Limits()) -> VMStateError? {
    do throws(VMStateError) {
      _ = try parse(text, limits)
      return nil
    } catch {
      return error
    }
  }

  // MARK: - Good texts

  @Test func givesTheDescriptionOfARealStreamBackByteForByte() throws {
    let value = try parse(noneDescription)
    #expect(value.jsonText == noneDescription)
    #expect(value.jsonBytes == Array(noneDescription.utf8))
    #expect(try parse(value.prettyText()) == value)
  }

  @Test func findsItsWayThroughARealDescription() throws {
    let value = try parse(noneDescription)
    #expect(value["page_size"]?.int == 4096)
    let devices = try #require(value["devices"]?.elements)
    #expect(devices.map { $0["name"]?.text } == ["timer", "globalstate"])
    #expect(devices[1]["fields"]?.elements?.last?["size"]?.uint64 == 66)
    #expect(devices[0].members?.map(\.key).prefix(3) == ["name", "instance_id", "vmsd_name"])
  }

  @Test func readsEveryKindOfValue() throws {
    let value = try parse(" \t\r\n{\"a\":[null,true,false,-1.50e+3,\"x\",[],{}] , \"b\" : 0}\n")
    #expect(
      value
        == .object([
          .init(
            key: "a",
            value: .array([
              .null, .bool(true), .bool(false), .number("-1.50e+3"), .string("x"), .array([]),
              .object([]),
            ])),
          .init(key: "b", value: .number("0")),
        ]))
  }

  @Test func keepsRepeatedKeysInOrder() throws {
    let text = #"{"k": 1, "other": 2, "k": {"k": 3}}"#
    let value = try parse(text)
    #expect(value["k"] == .integer(1))
    #expect(
      value.members(named: "k") == [.integer(1), .object([.init(key: "k", value: .integer(3))])])
    #expect(value.members(named: "none").isEmpty)
    #expect(value["none"] == nil)
    #expect(value.jsonText == text)
  }

  @Test(arguments: [
    "0", "-0", "7", "-12", "18446744073709551616", "1.0", "1.10", "0.5", "1e5", "1E+05",
    "2.5e-10",
  ])
  func keepsTheDigitsOfNumbers(text: String) throws {
    #expect(try parse(text) == .number(text))
    #expect(try parse("[\(text)]").jsonText == "[\(text)]")
  }

  @Test func givesIntegersThatFit() throws {
    #expect(try parse("-9223372036854775808").int == .min)
    #expect(try parse("9223372036854775808").int == nil)
    #expect(try parse("18446744073709551615").uint64 == .max)
    #expect(try parse("-1").uint64 == nil)
    #expect(try parse("1.0").int == nil)
    #expect(try parse("true").bool == true)
    let other = try parse("[]")
    #expect(other.int == nil && other.uint64 == nil && other.bool == nil && other.text == nil)
    #expect(other.members == nil && other["a"] == nil && other.members(named: "a").isEmpty)
    #expect(try parse("1").elements == nil)
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
    (#""\uD834\udd1e""#, "𝄞"), (#""a\u0000b""#, "a\u{0}b"), (#""é€𝄞""#, "é€𝄞"),
    (#""x\ny\tz""#, "x\ny\tz"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\uFFFF""#, "\u{FFFF}"),
  ])
  func readsEscapesAndUTF8(text: String, expected: String) throws {
    let value = try parse(text)
    #expect(value.text?.unicodeScalars.elementsEqual(expected.unicodeScalars) == true)
    #expect(try parse(value.jsonText) == value)
  }

  @Test func writesPrettyTextWithOneMemberOnALine() throws {
    let value = try parse(#"{"a": [1, {"b": []}], "c": {}}"#)
    #expect(
      value.prettyText(indent: 2) == """
        {
          "a": [
            1,
            {
              "b": []
            }
          ],
          "c": {}
        }
        """)
    #expect(value.prettyText(indent: 0).split(separator: "\n").count == 9)
    #expect(JSONValue.null.prettyText() == "null")
  }

  @Test func readsLongTextsInLinearTime() throws {
    // A quadratic reader would need hours for these.
    let element = #"{"name": "some_field[12]", "type": "uint32", "size": 4}"#
    let text = "[" + Array(repeating: element, count: 20_000).joined(separator: ", ") + "]"
    #expect(try parse(text).jsonBytes == Array(text.utf8))
    let long = "\"" + String(repeating: #"ab\n"#, count: 250_000) + "\""
    #expect(try parse(long).text?.utf8.count == 750_000)
  }

  // MARK: - Bad texts

  @Test func namesTheEndForEveryCutOfARealDescription() {
    let bytes = Array(noneDescription.utf8)
    for cut in 0..<bytes.count {
      do throws(VMStateError) {
        _ = try JSONValue.parse(Array(bytes[..<cut]), offset: 1000)
        Issue.record("accepted \(cut) bytes")
      } catch {
        #expect(error.code == .malformedJSON)
        #expect(error.offset == UInt64(1000 + cut))
        #expect(error.found == "the end of the text")
      }
    }
  }

  @Test(arguments: [
    ("", 0), ("  ", 2), ("nul", 3), ("nulL", 3), ("tru e", 3), ("falsy", 4), ("x", 0), ("[1 2]", 3),
    ("[1,]", 3), ("[,1]", 1), ("{,}", 1), ("{\"a\"}", 4), ("{\"a\":}", 5), ("{\"a\":1,}", 7),
    ("{a:1}", 1), ("{\"a\":1]", 6), ("[1}", 2), ("1 2", 2), ("{} ,", 3), ("01", 1), ("-", 1),
    ("-x", 1), ("+1", 0), (".5", 0), ("1.", 2), ("1.e5", 2), ("1e", 2), ("1e+", 3), ("0x10", 1),
    ("NaN", 0), ("'a'", 0), ("\"a", 2), ("\"\\", 2), ("\"\\x\"", 2), ("\"\\u12G4\"", 5),
    ("\"\\u12", 5), ("\"\n\"", 1), ("\"\u{0}\"", 1), ("\"\\uD800\"", 1), ("\"\\uD800x\"", 1),
    ("\"\\uD800\\n\"", 1), ("\"\\uD800\\uD800\"", 1), ("\"\\uDC00\"", 1), ("//", 0),
    ("\u{FEFF}1", 0), ("[\u{A0}1]", 1),
  ])
  func refusesMalformedTextsAtTheWrongByte(text: String, offset: UInt64) {
    let found = error(text)
    #expect(found?.code == .malformedJSON)
    #expect(found?.offset == offset)
    #expect(found?.expected != nil && found?.found != nil)
  }

  @Test(arguments: [
    ("80", 0), ("C0AF", 0), ("C1BF", 0), ("C3", 0), ("C328", 0), ("41 E08080", 1), ("E09F80", 0),
    ("EDA080", 0), ("E282", 0), ("E28228", 0), ("F0808080", 0), ("F08F8080", 0), ("F4908080", 0),
    ("F5808080", 0), ("F09F98", 0), ("F09F9828", 0), ("C3A9 FF", 2), ("F48FBFBF 80", 4),
  ])
  func refusesInvalidUTF8AtItsFirstByte(digits: String, place: UInt64) {
    let bytes = Array("[\"".utf8) + hex(digits) + Array("\"]".utf8)
    do throws(VMStateError) {
      _ = try JSONValue.parse(bytes)
      Issue.record("accepted \(digits)")
    } catch {
      #expect(error.code == .malformedJSON)
      #expect(error.offset == 2 + place)
      #expect(error.expected == "UTF-8")
    }
  }

  @Test func stopsAtTheDepthLimit() throws {
    var limits = Limits()
    limits.depth = 2
    let deep = { (levels: Int) in
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    #expect(try parse(deep(8), limits).jsonText == deep(8))
    let found = error(deep(9), limits)
    #expect(found?.code == .limitExceeded)
    #expect(found?.offset == 8)
    limits.depth = .max
    #expect(try parse(deep(512), limits).jsonText == deep(512))
    #expect(error(deep(513), limits)?.code == .limitExceeded)
    #expect(error(String(repeating: "{\"a\":", count: 1_000_000), limits)?.code == .limitExceeded)
    limits.depth = -1
    #expect(error("[]", limits)?.code == .limitExceeded)
    #expect(try parse("1", limits) == .integer(1))
  }

  @Test func stopsAtTheLimitsOfLengthAndElements() throws {
    var limits = Limits()
    limits.descriptionBytes = 6
    limits.elements = 2
    #expect(try parse("[1, 2]", limits).elements?.count == 2)
    #expect(error("[1, 2] ", limits)?.code == .limitExceeded)
    #expect(error("[1,2,3]", limits)?.code == .limitExceeded)
    limits.descriptionBytes = 100
    #expect(error("[1, 2, 3]", limits)?.code == .limitExceeded)
    #expect(error(#"{"a": 1, "b": 2, "c": 3}"#, limits)?.code == .limitExceeded)
  }

  @Test func neverTrapsOnDamagedTexts() {
    let seed = UInt64.random(in: .min ... .max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let good = Array(#"{"a": ["é\u00e9\uD834\uDD1E\n", -1.5e+3, true, null, {"b": []}]}"#.utf8)
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0...Int.random(in: 0...2, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      if isReadOrRefused(bytes) { accepted += 1 }
    }
    #expect(accepted > 0, "some damage leaves good texts; seed \(seed)")
  }

  /// True for a text that was read, which must then come back alike.
  private func isReadOrRefused(_ bytes: [UInt8]) -> Bool {
    do throws(VMStateError) {
      let value = try JSONValue.parse(bytes)
      let again = try JSONValue.parse(value.jsonBytes)
      #expect(again == value, "\(bytes)")
      return true
    } catch {
      #expect(error.code == .malformedJSON)
      #expect(error.offset.map { $0 <= UInt64(bytes.count) } == true)
      return false
    }
  }
}
