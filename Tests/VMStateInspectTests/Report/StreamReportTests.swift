import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct StreamReportTests {
  private func page(
    _ bytes: [UInt8], name: String = "a stream", limits: StreamReport.Limits = .init()
  ) throws -> String {
    let output = MemoryTextOutput()
    try StreamReport.write(
      try StreamExamination.make(of: MemorySource(MemoryChannel(bytes))), name: name,
      limits: limits, to: output)
    return output.text
  }

  private func count(_ part: String, in text: String) -> Int {
    text.split(separator: part, omittingEmptySubsequences: false).count - 1
  }

  /// Every element that is opened is closed, in order.
  private func unbalanced(_ page: String) -> String? {
    let void: Set<String> = ["meta", "input", "rect", "path"]
    var open: [String] = []
    for match in page.matches(of: /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/) {
      let name = String(match.2)
      if name == "rect" || void.contains(name) || match.3 == "/" { continue }
      if match.1.isEmpty {
        open.append(name)
      } else if open.popLast() != name {
        return "</\(name)> at \(page.distance(from: page.startIndex, to: match.range.lowerBound))"
      }
    }
    return open.last.map { "<\($0)> stays open" }
  }

  /// Style and script taken out: their text is ours, and no markup.
  private func markup(_ page: String) -> String {
    page.replacing(/<style>[\s\S]*?<\/style>/, with: "")
      .replacing(/<script>[\s\S]*?<\/script>/, with: "")
      .replacing(/<rect[^>]*>/, with: "").replacing("</rect>", with: "")
  }

  @Test(arguments: ["10.0/pc", "7.2/xbzrle", "10.0/mapped-ram"])
  func isOneWholePage(name: String) throws {
    let page = try page(try Fixture.stream(name), name: name)
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    #expect(unbalanced(markup(page)) == nil)
    for part in ["id=\"problems\"", "class=\"map\"", "id=\"memory\"", "id=\"sections\""] {
      #expect(count(part, in: page) == 1, "\(part)")
    }
    #expect(page.contains("No problems were found"))
    // Problems stand on top, before the facts and the map.
    let problems = try #require(page.firstRange(of: "id=\"problems\""))
    let map = try #require(page.firstRange(of: "class=\"map\""))
    #expect(problems.lowerBound < map.lowerBound)
    #expect(page.contains("pc.ram"))
    #expect(page.utf8.count < 6 << 20)
  }

  @Test func loadsNothing() throws {
    let page = try page(try Fixture.stream("10.0/pc"))
    for part in ["http://", "https://", "src=", "@import", "url(", "<link", "<iframe"] {
      #expect(!page.contains(part), "\(part)")
    }
    #expect(page.contains("default-src 'none'"))
  }

  @Test func showsEverySectionWithItsFields() throws {
    let bytes = try Fixture.stream("10.0/pc")
    let page = try page(bytes)
    let stream = StreamWalk.collect(MemoryChannel(bytes))
    let devices = try #require(stream.description?.devices)
    for device in devices { #expect(page.contains(device.idstr), "\(device.idstr)") }
    #expect(count("class=\"row\"", in: page) == devices.count + 1, "the devices and ram")
    #expect(page.contains("cpu_clock_offset"))
  }

  @Test func escapesNames() throws {
    let hostile = "</script><img src=x onerror=alert(1)>\"'&`\u{1}\u{202E}"
    var ram = HandmadeRAM(machine: hostile, [(hostile, 8192)])
    ram.page(hostile, 0, HandmadeRAM.filled(1))
    ram.finish()
    let page = try page(ram.bytes, name: "a" + hostile)
    #expect(!page.contains("<img"))
    #expect(count("</script>", in: page) == 1, "the page's own")
    #expect(count("<script>", in: page) == 1)
    #expect(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;&#96;"))
    #expect(!page.unicodeScalars.contains("\u{202E}"))
    #expect(unbalanced(markup(page)) == nil)
  }

  @Test func putsProblemsOnTop() throws {
    var bytes = try Fixture.stream("10.0/none")
    bytes.removeLast(bytes.count / 2)
    let page = try page(bytes)
    #expect(page.contains("card problems"))
    #expect(!page.contains("No problems were found"))
    #expect(unbalanced(markup(page)) == nil)
  }

  @Test func staysSmallForALargeSparseGuest() throws {
    // 16 GiB; a page with content every 64 MiB and a zero page behind each.
    var ram = HandmadeRAM([("pc.ram", 16 << 30), ("pc.bios", 262144)])
    for part in 0..<256 as Range<UInt64> {
      ram.page("pc.ram", part << 26, HandmadeRAM.filled(UInt8(part | 1)))
      ram.zero("pc.ram", part << 26 | 4096)
      ram.nextSection()
    }
    ram.finish()
    let page = try page(ram.bytes)
    #expect(page.utf8.count < 256 << 10, "\(page.utf8.count) bytes")
    #expect(page.contains("256 pages with content"))
    // 257 sections in at most 64 rows.
    #expect(page.contains("a row is 8"))
  }

  @Test func cutsFieldTreesAtTheLimit() throws {
    var limits = StreamReport.Limits()
    limits.fieldBytes = 4000
    limits.rows = 5
    let page = try page(try Fixture.stream("10.0/pc-rich"), limits: limits)
    #expect(page.contains("the page would be too long"))
    #expect(page.contains("more sections"))
    #expect(unbalanced(markup(page)) == nil)
    #expect(page.utf8.count < 150_000)
  }
}
