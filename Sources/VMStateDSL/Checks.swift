import VMState

/// A scalar that must equal the destination's.
public struct Equal<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A property, with a hint for the message.
  public init<Value: WireScalar & FixedWidthInteger>(
    _ name: String, _ path: WritableKeyPath<Root, Value>, hint: String? = nil
  ) {
    field = .equal(name, path, hint: hint)
  }
}

/// A number between 0 and the destination's (`int32 le`).
public struct AtMost<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A property.
  public init(_ name: String, _ path: WritableKeyPath<Root, Int32>) {
    field = .atMost(name, path)
  }
}

/// A check on the rows before it; no bytes.
public struct Validate<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A test that must hold.
  public init(_ name: String, _ test: @escaping @Sendable (Root, Int) -> Bool) {
    field = .validate(name, test)
  }
}

/// An enumeration, by its raw value.
public struct Enumeration<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A property.
  public init<Value: RawRepresentable>(
    _ name: String, _ path: WritableKeyPath<Root, Value>
  ) where Value.RawValue: WireScalar {
    field = .enumeration(name, path)
  }
}

/// A scalar that is no stored property.
public struct Computed<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A value read and written by closures; `covering` names the properties it stands for.
  public init<Value: WireScalar>(
    _ name: String, get: @escaping @Sendable (Root) -> Value,
    set: @escaping @Sendable (inout Root, Value) -> Void,
    covering covered: [PartialKeyPath<Root>] = []
  ) {
    field = .computed(name, get: get, set: set, covering: covered)
  }
}

/// A stored property that does not travel.
public struct Local<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A property.
  public init<Value>(_ path: KeyPath<Root, Value>) { field = .local(path) }
}
