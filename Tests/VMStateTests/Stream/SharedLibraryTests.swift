import Testing
import VMState

@Suite struct SharedLibraryTests {
  @Test func namesTheLibraryThatIsNotInstalled() throws {
    let error = #expect(throws: VMStateError.self) {
      try SharedLibrary("imaginary", files: ["libimaginary.so.7", "libimaginary.so.6"])
    }
    #expect(error?.code == .unsupported)
    #expect(error?.message == "the imaginary library is not installed")
    #expect(error?.expected == "libimaginary.so.7 or libimaginary.so.6")
  }

  @Test func namesTheFunctionThatIsMissing() throws {
    let error = #expect(throws: VMStateError.self) {
      let _: @convention(c) () -> Void = try SharedLibrary.zlib().function("zlibImaginary")
    }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("zlibImaginary") == true)
  }

  @Test func callsAFunction() throws {
    let version: @convention(c) () -> UnsafePointer<CChar>? =
      try SharedLibrary.zlib().function("zlibVersion")
    let text = try #require(version().map { String(cString: $0) })
    #expect(text.hasPrefix("1."))
  }
}
