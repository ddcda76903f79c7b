extension VMStateField {
  /// An array of pointers to scalars; absent ones travel as `0x30`.
  ///
  /// QEMU: `VMSTATE_ARRAY_OF_POINTER`, `VMSTATE_TIMER_PTR_ARRAY`.
  public static func pointers<let count: Int, Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<count, Value?>>
  ) -> Self {
    Self(
      name,
      PointersBody<Value>(
        InlineStorage(elements: path, range: nil, row: name), ScalarCodec(Value.wireKind)))
  }

  /// An array of pointers to structures; absent ones travel as `0x30`.
  ///
  /// QEMU: `VMSTATE_ARRAY_OF_POINTER_TO_STRUCT`.
  public static func pointers<let count: Int, Child>(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<count, Child?>>,
    _ table: VMStateDescription<Child>
  ) -> Self {
    Self(
      name,
      PointersBody<Child>(
        InlineStorage(elements: path, range: nil, row: name), StructCodec(table.core)))
  }

  /// Pointers to structures in a Swift array of known size.
  public static func pointers<Child>(
    _ name: String, _ path: WritableKeyPath<State, [Child?]>,
    _ table: VMStateDescription<Child>, count: Int
  ) -> Self {
    Self(
      name,
      PointersBody<Child>(
        ArrayStorage(path, count: count, first: 0, row: name), StructCodec(table.core)))
  }

  /// Pointers to structures in a Swift array, their number in another member; a marker
  /// stands before every element, and a load makes the present ones (11.x only).
  ///
  /// Throws `unsupported` with a profile that has no such arrays. QEMU:
  /// `VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC`.
  ///
  /// - Parameter fresh: What a present element starts as.
  public static func allocatedPointers<
    Child: Sendable, Count: FixedWidthInteger & WireScalar
  >(
    _ name: String, _ path: WritableKeyPath<State, [Child?]>,
    _ table: VMStateDescription<Child>, count: KeyPath<State, Count>, fresh: Child
  ) -> Self {
    Self(
      name,
      PointersBody<Child>(
        ArrayStorage<Child?>(
          offset: storedOffset(path, row: name), growth: .resized(nil),
          counter: storedCount(count, row: name)), StructCodec(table.core), allocated: fresh))
  }
}
