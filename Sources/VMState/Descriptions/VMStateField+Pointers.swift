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
        InlineStorage(
          offset: storedOffset(path, row: name), stride: MemoryLayout<Value?>.stride,
          capacity: count), ScalarCodec(Value.wireKind)))
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
        InlineStorage(
          offset: storedOffset(path, row: name), stride: MemoryLayout<Child?>.stride,
          capacity: count), StructCodec(table.core)))
  }

  /// Pointers to structures in a Swift array of known size.
  public static func pointers<Child>(
    _ name: String, _ path: WritableKeyPath<State, [Child?]>,
    _ table: VMStateDescription<Child>, count: Int
  ) -> Self {
    Self(
      name,
      PointersBody<Child>(
        ArrayStorage<Child?>(offset: storedOffset(path, row: name), counter: { _ in count }),
        StructCodec(table.core)))
  }

  /// Pointers to structures in a Swift array, their number in another member; a marker
  /// stands before every element, and a load makes the present ones (11.x only).
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
          offset: storedOffset(path, row: name), growth: .some(nil),
          counter: storedCount(count, row: name)), StructCodec(table.core), allocated: fresh))
  }
}
