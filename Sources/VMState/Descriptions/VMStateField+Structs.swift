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
      name,
      InlineStorage(
        offset: storedOffset(path, row: name), stride: MemoryLayout<Child>.stride),
      StructCodec(table.core, version: version))
  }

  /// A fixed array of structures. QEMU: `VMSTATE_STRUCT_ARRAY`, `VMSTATE_STRUCT_SUB_ARRAY`.
  public static func structures<let count: Int, Child>(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<count, Child>>,
    _ table: VMStateDescription<Child>, range: Range<Int>? = nil
  ) -> Self {
    let range = checkedRange(range, count, name)
    let stride = MemoryLayout<Child>.stride
    return Self(
      name,
      InlineStorage(
        offset: storedOffset(path, row: name) + range.lowerBound * stride, stride: stride,
        capacity: range.count), StructCodec(table.core))
  }

  /// A fixed array of fixed arrays of structures. QEMU: `VMSTATE_STRUCT_2DARRAY`.
  public static func structures<let rows: Int, let columns: Int, Child>(
    _ name: String,
    _ path: WritableKeyPath<State, InlineArray<rows, InlineArray<columns, Child>>>,
    _ table: VMStateDescription<Child>
  ) -> Self {
    Self(
      name,
      InlineStorage(
        offset: storedOffset(path, row: name), stride: MemoryLayout<Child>.stride,
        capacity: rows * columns), StructCodec(table.core))
  }

  /// Equal structures in a tuple.
  public static func structures<Tuple, Child>(
    _ name: String, tuple path: WritableKeyPath<State, Tuple>,
    _ table: VMStateDescription<Child>
  ) -> Self {
    Self(
      name,
      InlineStorage(
        offset: storedOffset(path, row: name), stride: MemoryLayout<Child>.stride,
        capacity: tupleCount(Tuple.self, Child.self, name)), StructCodec(table.core))
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
      InlineStorage(
        offset: storedOffset(path, row: name), stride: MemoryLayout<Child>.stride,
        capacity: capacity, counter: storedCount(count, row: name)), StructCodec(table.core))
  }

  /// Structures in a Swift array, a fixed number of them.
  ///
  /// QEMU: `VMSTATE_STRUCT_VARRAY_POINTER_KNOWN`.
  public static func structures<Child>(
    _ name: String, _ path: WritableKeyPath<State, [Child]>,
    _ table: VMStateDescription<Child>, count: Int
  ) -> Self {
    Self(
      name,
      ArrayStorage<Child>(offset: storedOffset(path, row: name), counter: { _ in count }),
      StructCodec(table.core))
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
        offset: storedOffset(path, row: name), growth: fresh,
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

  /// A list. QEMU: `VMSTATE_QTAILQ_V` (`isTailQueue`) and `VMSTATE_QLIST_V`.
  ///
  /// Wire: `{ 0x01, element }* 0x00`. Elements are loaded with the row's version, see
  /// `since(_:)`.
  ///
  /// - Parameter fresh: What an element starts as.
  public static func list<Element: Sendable>(
    _ name: String, _ path: WritableKeyPath<State, [Element]>,
    _ table: VMStateDescription<Element>, fresh: Element, isTailQueue: Bool
  ) -> Self {
    Self(
      name,
      InlineStorage(
        offset: storedOffset(path, row: name), stride: MemoryLayout<[Element]>.stride),
      ListCodec<Element>(
        table.core, type: isTailQueue ? "qtailq" : "qlist", fresh: fresh))
  }

  /// A balanced tree with a described key. QEMU: `VMSTATE_GTREE_V`.
  ///
  /// Wire: `be32 count { 0x01, key, value }* 0x00` in ascending order.
  ///
  /// - Parameter precedes: The tree's order.
  public static func tree<Key: Sendable, Value: Sendable>(
    _ name: String, _ path: WritableKeyPath<State, [TreeNode<Key, Value>]>,
    key: VMStateDescription<Key>, value: VMStateDescription<Value>,
    fresh: TreeNode<Key, Value>, precedes: @escaping @Sendable (Key, Key) -> Bool
  ) -> Self {
    Self(
      name,
      InlineStorage(
        offset: storedOffset(path, row: name),
        stride: MemoryLayout<[TreeNode<Key, Value>]>.stride),
      TreeCodec<Key, Value>(
        key: key.core, value: value.core, fresh: fresh, precedes: precedes))
  }

  /// A balanced tree whose key is the number itself. QEMU: `VMSTATE_GTREE_DIRECT_KEY_V`.
  public static func tree<Value: Sendable>(
    _ name: String, _ path: WritableKeyPath<State, [TreeNode<UInt64, Value>]>,
    value: VMStateDescription<Value>, fresh: Value
  ) -> Self {
    Self(
      name,
      InlineStorage(
        offset: storedOffset(path, row: name),
        stride: MemoryLayout<[TreeNode<UInt64, Value>]>.stride),
      TreeCodec<UInt64, Value>(
        key: nil, value: value.core, fresh: TreeNode(key: 0, value: fresh), precedes: <))
  }

  /// A temporary made from the state. QEMU: `VMSTATE_WITH_TMP`.
  ///
  /// - Parameters:
  ///   - make: Builds the temporary from the state, on save and before a load.
  ///   - apply: Stores what a load brought.
  ///   - covered: The stored properties it stands for, for the coverage test.
  public static func temporary<Temporary>(
    _ table: VMStateDescription<Temporary>, make: @escaping @Sendable (State) -> Temporary,
    apply: @escaping @Sendable (Temporary, inout State) throws -> Void,
    covering covered: [PartialKeyPath<State>] = []
  ) -> Self {
    Self(
      "tmp",
      ViewStorage(covered: coveredMemory(covered)),
      TemporaryCodec<State, Temporary>(table.core, make: make, apply: apply))
  }
}
