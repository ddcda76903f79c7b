import VMState

/// The error that a call throws, or nil.
func openError(_ call: () throws(VMStateError) -> Void) -> VMStateError? {
  do throws(VMStateError) {
    try call()
    return nil
  } catch {
    return error
  }
}
