/// A device with everything that travels in one stored property named `state`.
///
/// The property is reached directly, which is the fastest way; any other name or shape goes
/// through a key path, a `StateBox`, or a pair of closures.
///
/// ```swift
/// final class PIT: VMStateDevice { var state = PITState() }
/// ```
public protocol VMStateDevice<State>: AnyObject {
  /// The state's type, a struct.
  associatedtype State
  /// Everything that travels.
  var state: State { get set }
}

/// The way into a device's state: for a save in place, for a commit by exchange.
///
/// Three kinds: a class with a property that holds the state (full speed), a `StateBox`
/// around a bare struct, and a pair of closures for devices with loose properties, locks or
/// references.
public struct StateAccess<State> {
  /// Lends the live state in place; changes made through it (by pre-save hooks) stay.
  @usableFromInline
  let borrow: (_ body: (UnsafeMutablePointer<State>) -> Void) -> Void
  /// Moves a state into the live one's place; what was there is moved out to `old`.
  @usableFromInline
  let exchange: (_ state: UnsafeMutablePointer<State>, _ old: UnsafeMutablePointer<State>) -> Void

  @inlinable @inline(__always)
  static func exchange(
    _ live: UnsafeMutablePointer<State>, _ staged: UnsafeMutablePointer<State>,
    _ old: UnsafeMutablePointer<State>
  ) {
    old.moveInitialize(from: live, count: 1)
    live.moveInitialize(from: staged, count: 1)
  }

  /// The `state` of a device.
  @inlinable public init<Device: VMStateDevice>(_ device: Device) where Device.State == State {
    borrow = { body in withUnsafeMutablePointer(to: &device.state, body) }
    exchange = { staged, old in
      withUnsafeMutablePointer(to: &device.state) { Self.exchange($0, staged, old) }
    }
  }

  /// A property of a device that is a class.
  @inlinable public init<Device: AnyObject>(
    _ device: Device, _ path: ReferenceWritableKeyPath<Device, State>
  ) {
    borrow = { body in withUnsafeMutablePointer(to: &device[keyPath: path], body) }
    exchange = { staged, old in
      withUnsafeMutablePointer(to: &device[keyPath: path]) { Self.exchange($0, staged, old) }
    }
  }

  /// A pair: give your state, take this state.
  ///
  /// - Parameters:
  ///   - snapshot: Gathers the state from wherever the device keeps it.
  ///   - restore: Puts a state back; cannot fail, since it runs at commit.
  public init(snapshot: @escaping () -> State, restore: @escaping (State) -> Void) {
    borrow = { body in
      var state = snapshot()
      withUnsafeMutablePointer(to: &state, body)
    }
    exchange = { staged, old in
      restore(staged.pointee)
      old.moveInitialize(from: staged, count: 1)
    }
  }

  /// A box around a bare struct.
  public init(_ box: StateBox<State>) { self.init(box, \.state) }
}

/// A class around a state, for programs whose devices are structs.
public final class StateBox<State> {
  /// The state.
  public var state: State
  /// Boxes a state.
  public init(_ state: State) { self.state = state }
}
