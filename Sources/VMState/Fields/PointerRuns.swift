/// QEMU's rules for the JSON of mixed null and non-null pointers: runs are described apart.
///
/// The rules differ between the generations, and each has corners that are kept here, since
/// the text is to be the same byte for byte:
///
/// - 7.2 knows no runs: a compressed array is described by its first element, null or not.
/// - 10.0 looks for a run at each change between null and non-null. The first run counts as a
///   change only if it is one of nulls; a leading non-null run takes the whole array's length.
/// - 11.x does so for compressed arrays only, and never at the last element: a last element
///   that differs from a run of two or more (or from the first run) is not described at all.
struct PointerRuns {
  /// A run is described once.
  let compressed: Bool
  /// Elements of the whole array.
  let count: Int
  /// The element's place.
  private(set) var index = 0
  /// QEMU's idea of the array's length at this element.
  private(set) var rest = 0
  /// The element is described.
  private(set) var isWriting = true
  private var wasNull = false
  private let form: StreamProfile.NullElement

  init(compressed: Bool, count: Int, _ profile: StreamProfile) {
    self.compressed = compressed
    self.count = count
    form = profile.nullElement
  }

  /// Looks at an element.
  mutating func enter(_ index: Int, _ isNullAt: (Int) -> Bool) {
    self.index = index
    switch form {
    case .unmarked: rest = count
    case .nullptr: enterRun(isNullAt)
    case .marker:
      rest = compressed ? count - index : 1
      if rest > 1 { enterRun(isNullAt) }
    }
  }

  private mutating func enterRun(_ isNullAt: (Int) -> Bool) {
    rest = count - index
    let isNull = isNullAt(index)
    guard isNull != wasNull else { return }
    wasNull = isNull
    isWriting = true
    var next = index + 1
    while next < count, isNullAt(next) == isNull { next += 1 }
    rest = next - index
  }

  /// After an element: a compressed run is described by its first element alone.
  mutating func leave() {
    switch form {
    case .unmarked, .nullptr: if compressed { isWriting = false }
    case .marker: if rest > 1 { isWriting = false }
    }
  }
}
