import VMState

/// The error that `body` ends with, or nil.
func failure(_ body: () throws -> Void) -> VMStateError? {
  do {
    try body()
    return nil
  } catch {
    return error as? VMStateError ?? VMStateError.fromHook(error, "test")
  }
}
