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

/// Pieces put together; quicker for the compiler than a chain of `+`.
func joined(_ pieces: [UInt8]...) -> [UInt8] { pieces.flatMap { $0 } }

/// Lines put together without their ends.
func lines(_ pieces: String...) -> String { pieces.joined() }
