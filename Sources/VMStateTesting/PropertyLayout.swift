/// The stored properties of a value with their places.
struct PropertyLayout {
  struct Property {
    var label: String
    var value: Any
    var offset: Int
    var size: Int
  }

  let type: any Any.Type
  let size: Int
  private(set) var properties: [Property] = []
  /// The properties are elements of an array.
  private(set) var isIndexed = false
  /// The places fit the type's size.
  private(set) var isKnown = true

  init(_ value: Any) {
    type = Swift.type(of: value)
    size = memory(of: type).size
    if let array = type as? any FixedElements.Type {
      isIndexed = true
      addElements(array.elements(of: value))
    } else {
      addChildren(value)
    }
  }

  private mutating func addElements(_ elements: [Any]) {
    for (index, element) in elements.enumerated() {
      let (size, stride, _) = memory(of: Swift.type(of: element))
      properties.append(
        Property(label: "[\(index)]", value: element, offset: index * stride, size: size))
    }
  }

  private mutating func addChildren(_ value: Any) {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .struct || mirror.displayStyle == .tuple else { return }
    var end = 0
    for child in mirror.children {
      let (size, _, alignment) = memory(of: Swift.type(of: child.value))
      let offset = (end + alignment - 1) / alignment * alignment
      properties.append(
        Property(
          label: Self.name(child.label ?? "?"), value: child.value, offset: offset, size: size))
      end = offset + size
    }
    isKnown = end == size
  }

  /// The name that was written, where the compiler stores another (lazy properties, tuples).
  private static func name(_ label: String) -> String {
    let lazyPrefix = "$__lazy_storage_$_"
    if label.hasPrefix(lazyPrefix) { return String(label.dropFirst(lazyPrefix.count)) }
    return label.hasPrefix(".") ? String(label.dropFirst()) : label
  }

  /// The innermost property that begins at an offset.
  func property(at offset: Int) -> Property? {
    guard
      let found = properties.first(where: {
        $0.size > 0 && ($0.offset..<$0.offset + $0.size).contains(offset)
      })
    else { return nil }
    guard found.offset != offset || found.isStructure else { return found }
    return PropertyLayout(found.value).property(at: offset - found.offset)
      ?? (found.offset == offset ? found : nil)
  }
}

extension PropertyLayout.Property {
  /// The value has properties of its own that rows may name.
  fileprivate var isStructure: Bool {
    !(type(of: value) is any FixedElements.Type)
      && Mirror(reflecting: value).displayStyle == .struct
  }
}

/// A fixed array, whatever its element and length.
protocol FixedElements {
  /// The elements of a value of this type.
  static func elements(of value: Any) -> [Any]
}

@available(macOS 26, *)
extension InlineArray: FixedElements where Element: Copyable {
  static func elements(of value: Any) -> [Any] {
    guard let array = value as? Self else { return [] }
    return array.indices.map { array[$0] }
  }
}

/// The first value of a type inside arrays, optionals, tree nodes and structures.
func firstElement(of type: any Any.Type, in value: Any) -> Any? {
  if Swift.type(of: value) == type { return value }
  if let array = Swift.type(of: value) as? any FixedElements.Type {
    return first(of: type, in: array.elements(of: value))
  }
  let mirror = Mirror(reflecting: value)
  switch mirror.displayStyle {
  case .collection, .optional, .struct, .tuple:
    return first(of: type, in: mirror.children.lazy.map(\.value))
  default: return nil
  }
}

private func first(of type: any Any.Type, in values: some Sequence<Any>) -> Any? {
  for value in values {
    if let found = firstElement(of: type, in: value) { return found }
  }
  return nil
}

/// Size, stride and alignment of a type that is known at run time only.
private func memory(of type: any Any.Type) -> (size: Int, stride: Int, alignment: Int) {
  func layout<T>(_ type: T.Type) -> (size: Int, stride: Int, alignment: Int) {
    (MemoryLayout<T>.size, MemoryLayout<T>.stride, MemoryLayout<T>.alignment)
  }
  return _openExistential(type, do: layout)
}
