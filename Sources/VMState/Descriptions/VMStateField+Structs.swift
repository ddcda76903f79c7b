extension VMStateField {
  /// A nested structure.
  ///
  /// Wire: the nested table's fields and subsections, with its present version, which is not
  /// on the wire. QEMU: `VMSTATE_STRUCT`; with `version`, `VMSTATE_VSTRUCT`.
  ///
  /// - Parameter version: The nested table's version to use instead of its present one.
  public static func structure<Child>(
    _ name: String, _ path: WritableKeyPath<State, Child>, _ table: VMStateDescription<Child>,
    version: Int? = nil
  ) -> Self {
    Self(
      name, InlineStorage(property: path, row: name),
      StructCodec(table.core, version: version))
  }

  /// A fixed array of structures. QEMU: `VMSTATE_STRUCT_ARRAY`, `VMSTATE_STRUCT_SUB_ARRAY`.
  public static func structures<let count: Int, Child>(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<count, Child>>,
    _ table: VMStateDescription<Child>, range: Range<Int>? = nil
  ) -> Self {
    Self(
      name, InlineStorage(elements: path, range: range, row: name), StructCodec(table.core))
  }

  /// A fixed array of fixed arrays of structures. QEMU: `VMSTATE_STRUCT_2DARRAY`.
  public static func structures<let rows: Int, let columns: Int, Child>(
    _ name: String,
    _ path: WritableKeyPath<State, InlineArray<rows, InlineArray<columns, Child>>>,
    _ table: VMStateDescription<Child>
  ) -> Self {
    Self(name, InlineStorage(grid: path, row: name), StructCodec(table.core))
  }

  /// Equal structures in a tuple.
  public static func structures<Tuple, Child>(
    _ name: String, tuple path: WritableKeyPath<State, Tuple>,
    _ table: VMStateDescription<Child>
  ) -> Self {
    Self(name, InlineStorage(tuple: path, of: Child.self, row: name), StructCodec(table.core))
  }

  /// Structures at the beginning of a fixed array, their number in another member.
  ///
  /// QEMU: `VMSTATE_STRUCT_VARRAY_UINT8` and relatives.
  public static func structures<
    let capacity: Int, Child, Count: FixedWidthInteger & WireScalar
  >(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<capacity, Child>>,
    _ table: VMStateDescription<Child>, count: KeyPath<State, Count>
  ) -> Self {
    Self(
      name,
      InlineStorage(elements: path, row: name, counter: storedCount(count, row: name)),
      StructCodec(table.core))
  }

  /// Structures in a Swift array, a fixed number of them.
  ///
  /// QEMU: `VMSTATE_STRUCT_VARRAY_POINTER_KNOWN`.
  ///
  /// - Parameters:
  ///   - count: Elements on the wire; the array must hold at least as many.
  ///   - first: Index of the first.
  public static func structures<Child>(
    _ name: String, _ path: WritableKeyPath<State, [Child]>,
    _ table: VMStateDescription<Child>, count: Int, first: Int = 0
  ) -> Self {
    Self(
      name, ArrayStorage(path, count: count, first: first, row: name), StructCodec(table.core))
  }

  /// Structures in a Swift array, their number in another member.
  ///
  /// QEMU: `VMSTATE_STRUCT_VARRAY_POINTER_INT32` and relatives; with `fresh`,
  /// `VMSTATE_STRUCT_VARRAY_ALLOC`.
  ///
  /// - Parameter fresh: What a new element starts as; a load then gives the array exactly
  ///   the counted size. Nil: the destination's size is the capacity.
  public static func structures<Child: Sendable, Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, [Child]>,
    _ table: VMStateDescription<Child>, count: KeyPath<State, Count>, fresh: Child? = nil
  ) -> Self {
    Self(
      name,
      ArrayStorage<Child>(
        offset: storedOffset(path, row: name), growth: fresh.map { .renewed($0) } ?? .none,
        counter: storedCount(count, row: name)), StructCodec(table.core))
  }

  /// A structure behind a pointer that is always there. QEMU: `VMSTATE_STRUCT_POINTER`.
  public static func pointee<Child>(
    _ name: String, _ path: WritableKeyPath<State, Child?>, _ table: VMStateDescription<Child>
  ) -> Self {
    Self(
      name,
      PointeeBody<Child>(offset: storedOffset(path, row: name), StructCodec(table.core)))
  }
}
