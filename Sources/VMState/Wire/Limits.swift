/// Upper bounds on what a stream may make the loader allocate or repeat.
///
/// QEMU trusts its streams; this loader does not. Every length and count from a stream is
/// checked against its field's capacity first and against these bounds second, before
/// anything is allocated.
public struct Limits: Sendable, Hashable {
  /// Longest counted buffer, variable array or list that a stream may demand, in bytes of
  /// memory (default 64 MiB).
  public var fieldBytes: Int = 64 << 20
  /// Most elements of one list, queue or tree (default 1 Mi).
  public var elements: Int = 1 << 20
  /// Deepest nesting of structures and subsections (default 64).
  public var depth: Int = 64
  /// Most memory that the sections held by their descriptions may take in one load or walk, in
  /// bytes (default 1 GiB).
  public var describedBytes: Int = 1 << 30
  /// Longest JSON description that is kept, in bytes (default 64 MiB). A longer one is
  /// skipped with a warning.
  public var descriptionBytes: Int = 64 << 20
  /// Most memory that the second copies of protected RAM blocks may take, in bytes
  /// (default 16 GiB).
  public var stagedMemoryBytes: UInt64 = 16 << 30
  /// Most sections and commands in one stream (default 16 Mi).
  public var sections: Int = 16 << 20

  /// The defaults.
  public init() {}
}
