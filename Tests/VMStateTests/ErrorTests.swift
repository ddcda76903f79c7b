import Testing
import VMState

@Suite struct VMStateErrorTests {
  @Test func rendersPathMessageAndDetailsAsOneSentence() {
    let error = VMStateError(
      .versionTooNew, "version 9 is not supported", offset: 77, expected: "at most 3", found: "9"
    ).within("i8254")
    #expect(
      error.description
        == "i8254: version 9 is not supported (at byte 77 of the stream, expected at most 3, found 9)"
    )
  }

  @Test func keepsTheFirstOffsetAndBuildsThePathOutwards() {
    let error = VMStateError(.valueMismatch, "differs").at(5).at(9).within("field").within("dev")
    #expect(error.offset == 5)
    #expect(error.pathDescription == "dev/field")
  }
}
