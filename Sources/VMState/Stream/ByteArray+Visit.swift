extension [UInt8] {
  /// Lends the bytes to a closure with a typed error.
  package func visit(
    _ body: (UnsafeRawBufferPointer) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    var failure: VMStateError?
    withUnsafeBytes { raw in
      do throws(VMStateError) { try body(raw) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
