extension VMStateField {
  /// A scalar property.
  ///
  /// Wire: one big-endian word of the type's width. QEMU: `VMSTATE_UINT32` and relatives.
  public static func scalar<Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, Value>
  ) -> Self {
    Self(name, InlineStorage(property: path, row: name), ScalarCodec(Value.wireKind))
  }

  /// A fixed array of scalars, or a part of it.
  ///
  /// Wire: the elements back to back. QEMU: `VMSTATE_UINT32_ARRAY`,
  /// `VMSTATE_UINT32_SUB_ARRAY` and relatives.
  public static func scalars<let count: Int, Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<count, Value>>,
    range: Range<Int>? = nil
  ) -> Self {
    Self(
      name, InlineStorage(elements: path, range: range, row: name), ScalarCodec(Value.wireKind))
  }

  /// A fixed array of fixed arrays of scalars, row by row.
  ///
  /// QEMU: `VMSTATE_UINT32_2DARRAY` and relatives.
  public static func scalars<let rows: Int, let columns: Int, Value: WireScalar>(
    _ name: String,
    _ path: WritableKeyPath<State, InlineArray<rows, InlineArray<columns, Value>>>
  ) -> Self {
    Self(name, InlineStorage(grid: path, row: name), ScalarCodec(Value.wireKind))
  }

  /// Equal scalars in a tuple.
  ///
  /// - Parameter element: The type of every member; a tuple of anything else is refused.
  public static func scalars<Tuple, Value: WireScalar>(
    _ name: String, tuple path: WritableKeyPath<State, Tuple>, of element: Value.Type
  ) -> Self {
    Self(
      name, InlineStorage(tuple: path, of: element, row: name), ScalarCodec(Value.wireKind))
  }

  /// Scalars in a Swift array, a fixed number of them.
  ///
  /// - Parameters:
  ///   - count: Elements on the wire; the array must hold at least as many.
  ///   - first: Index of the first.
  public static func scalars<Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, [Value]>, count: Int, first: Int = 0
  ) -> Self {
    Self(
      name, ArrayStorage(path, count: count, first: first, row: name),
      ScalarCodec(Value.wireKind))
  }

  /// Scalars in a Swift array, their number in another member.
  ///
  /// QEMU: `VMSTATE_VARRAY_INT32` and relatives. The count itself is not part of the row.
  ///
  /// - Parameters:
  ///   - count: The member that holds the number, loaded before this row.
  ///   - factor: Elements per unit of the member.
  ///   - growing: True: a load gives the array exactly that size (QEMU: `VMS_ALLOC`). False:
  ///     the destination's size is the capacity, and a greater count is an error.
  public static func scalars<Value: WireScalar, Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, [Value]>, count: KeyPath<State, Count>,
    times factor: Int = 1, growing: Bool = false
  ) -> Self {
    Self(
      name,
      ArrayStorage<Value>(
        offset: storedOffset(path, row: name),
        growth: growing ? .resized(Value.wireZero) : .none,
        counter: storedCount(count, row: name, times: factor)), ScalarCodec(Value.wireKind))
  }

  /// Scalars at the beginning of a fixed array, their number in another member.
  ///
  /// QEMU: `VMSTATE_VARRAY_UINT16_UNSAFE`, `VMSTATE_ARRAY_INT32_UNSAFE`,
  /// `VMSTATE_VARRAY_MULTIPLY`.
  public static func scalars<
    let capacity: Int, Value: WireScalar, Count: FixedWidthInteger & WireScalar
  >(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<capacity, Value>>,
    count: KeyPath<State, Count>, times factor: Int = 1
  ) -> Self {
    Self(
      name,
      InlineStorage(
        elements: path, row: name, counter: storedCount(count, row: name, times: factor)),
      ScalarCodec(Value.wireKind))
  }

  /// A scalar that must equal the destination's.
  ///
  /// QEMU: `VMSTATE_UINT32_EQUAL` and relatives. Throws `valueMismatch` while loading.
  public static func equal<Value: WireScalar & FixedWidthInteger>(
    _ name: String, _ path: WritableKeyPath<State, Value>, hint: String? = nil
  ) -> Self {
    Self(
      name, InlineStorage(property: path, row: name),
      CheckCodec(Value.wireKind, .equal, hint: hint))
  }

  /// A number that must lie between 0 and the destination's.
  ///
  /// QEMU: `VMSTATE_INT32_POSITIVE_LE`. Throws `valueOutOfRange` while loading.
  public static func atMost(_ name: String, _ path: WritableKeyPath<State, Int32>) -> Self {
    Self(
      name, InlineStorage(property: path, row: name),
      CheckCodec(Int32.wireKind, .atMost, hint: nil))
  }

  /// An enumeration, by its raw value.
  ///
  /// Throws `valueOutOfRange` while loading a raw value without a case.
  public static func enumeration<Value: RawRepresentable>(
    _ name: String, _ path: WritableKeyPath<State, Value>
  ) -> Self where Value.RawValue: WireScalar {
    Self(name, InlineStorage(property: path, row: name), EnumerationCodec<Value>())
  }

  /// A scalar that is no stored property.
  ///
  /// - Parameter covered: The stored properties it stands for, for the coverage test.
  public static func computed<Value: WireScalar>(
    _ name: String, get: @escaping @Sendable (State) -> Value,
    set: @escaping @Sendable (inout State, Value) -> Void,
    covering covered: [PartialKeyPath<State>] = []
  ) -> Self {
    Self(
      name,
      ComputedStorage<State, Value>(get: get, set: set, covered: coveredMemory(covered)),
      ScalarCodec(Value.wireKind))
  }

  /// A scalar behind a pointer that is always there.
  ///
  /// QEMU: `VMSTATE_POINTER`, `VMSTATE_TIMER_PTR`. A nil on either side is an error.
  public static func pointee<Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, Value?>
  ) -> Self {
    Self(
      name,
      PointeeBody<Value>(offset: storedOffset(path, row: name), ScalarCodec(Value.wireKind)))
  }
}
