import Testing
@Suite struct ProbeTests {
  @Test func traps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      preconditionFailure("the clear sentence")
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("the clear sentence"))
  }
}
