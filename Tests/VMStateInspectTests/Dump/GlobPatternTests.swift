import Testing
import VMStateInspect

@Suite struct GlobPatternTests {
  static let good = [
    ("", ""), ("*", ""), ("*", "a/b"), ("a*", "a"), ("*c", "abc"), ("a*c", "ac"), ("a*c", "abbc"),
    ("a?c", "abc"), ("*e1000/mac_reg[3]", "0000:00:03.0/e1000/mac_reg[3]"),
    ("*a*b*c*", "xxaxxbxxcxx"), ("**", "x"), ("?", "é"), ("a*a*a", "aaa"),
  ]
  static let bad = [
    ("", "a"), ("a", ""), ("?", ""), ("a?", "a"), ("a*b", "ac"), ("*ab", "abx"), ("a.c", "abc"),
    ("[ab]", "a"), ("a*a*a", "aa"),
  ]

  @Test(arguments: good) func fits(pattern: String, text: String) {
    #expect(GlobPattern(pattern).matches(text))
  }

  @Test(arguments: bad) func doesNotFit(pattern: String, text: String) {
    #expect(!GlobPattern(pattern).matches(text))
  }

  @Test func takesAnInstance() {
    #expect(GlobPattern("cpu*").matches(section: "cpu", instance: 3))
    #expect(GlobPattern("cpu#3").matches(section: "cpu", instance: 3))
    #expect(!GlobPattern("cpu#3").matches(section: "cpu", instance: 30))
    #expect(SectionLabel.text("cpu", 0) == "cpu" && SectionLabel.text("cpu", 3) == "cpu#3")
  }

  /// Stars do not multiply: a long text that nearly fits is answered at once.
  @Test func isQuickWithManyStars() {
    let pattern = GlobPattern(String(repeating: "a*", count: 50) + "b")
    let text = String(repeating: "a", count: 2000)
    let took = ContinuousClock().measure { #expect(!pattern.matches(text)) }
    #expect(took < .seconds(5))
  }
}
