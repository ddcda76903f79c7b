import Testing

@testable import VMState

@Suite struct DescriptionTextTests {
  private func text(_ build: (inout DescriptionText) -> Void) -> String {
    var text = DescriptionText()
    build(&text)
    return String(decoding: text.bytes, as: UTF8.self)
  }

  @Test func separatesMembersAndElementsAsQEMUDoes() {
    let result = text { text in
      text.beginObject()
      text.put("page_size", 4096)
      text.beginArray("devices")
      text.beginObject()
      text.put("name", "timer")
      text.put(rendered: Array(#""a": 1, "b": 2"#.utf8))
      text.put(rendered: [])
      text.beginArray("fields")
      text.endArray()
      text.endObject()
      text.put(nil, 1)
      text.put(nil, "x")
      text.endArray()
      text.endObject()
    }
    #expect(
      result
        == #"{"page_size": 4096, "devices": [{"name": "timer", "a": 1, "b": 2, "fields": []}, 1, "x"]}"#
    )
  }

  @Test(arguments: [
    0, 1, 9, 10, 99, 100, 12_345, -1, -10, 1_000_000_007, Int64.max, Int64.min,
  ])
  func writesIntegersInDecimal(value: Int64) {
    #expect(text { $0.put(nil, value) } == String(value))
  }

  @Test(arguments: [
    ("", #""""#), ("plain /[]{}~ ", #""plain /[]{}~ ""#),
    ("\"\\", #""\"\\""#), ("\u{8}\u{c}\n\r\t", #""\b\f\n\r\t""#),
    ("\u{0}\u{1F}\u{7F}", #""\u0000\u001F\u007F""#), ("aé", #""a\u00E9""#),
    ("€", #""\u20AC""#), ("𝄞z", #""\uD834\uDD1Ez""#), ("e\u{301}", #""e\u0301""#),
  ])
  func escapesWhatIsNotPrintableASCII(value: String, expected: String) {
    #expect(text { $0.put(nil, value) } == expected)
    #expect(text { $0.put(value, 0) } == expected + ": 0")
  }

  /// Signs inside a string stay as they are, behind an escaped quote too.
  @Test func spacesOutACompactText() {
    let compact = #"{"a:": 1, "b\"[": [{"c\\": "},"}, []]}"#
    let spaced = #"{ "a:" : 1, "b\"[" : [ { "c\\" : "}," }, [  ] ] }"#
    #expect(String(decoding: JSONText.spaced(Array(compact.utf8)), as: UTF8.self) == spaced)
  }
}
