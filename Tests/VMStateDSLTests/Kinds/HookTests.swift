import Testing
import TestSupport
import VMState
import VMStateDSL

/// The order of table hooks, and what becomes of what they throw.
@Suite struct HookTests {
  /// Keeps the hooks in the order in which they are announced.
  final class HookLog: TransferObserver {
    private(set) var hooks: [String] = []
    private(set) var paths: [String] = []
    func observe(_ event: TransferEvent) {
      switch event {
      case .hook(let name, let path, _): hooks.append((path + [name]).joined(separator: " > "))
      case .field(let path, _, _, _, _): paths.append(path.joined(separator: "/"))
      default: break
      }
    }
  }

  struct Refusal: Error {}

  struct Child: Sendable {
    var a: UInt8 = 1
    static func vmstate(
      _ name: String = "child", failing: String = ""
    ) -> VMStateDescription<Child> {
      VMStateDescription<Child>(name) { Field("a", \.a) }.traced(failing)
    }
  }

  struct Parent: Sendable {
    var child = Child()
    var b: UInt8 = 2
    static func vmstate(
      failing: String = "", child: String = "", subsection: String = ""
    ) -> VMStateDescription<Parent> {
      VMStateDescription<Parent>("parent") {
        Struct("child", \.child, Child.vmstate(failing: child))
        Field("b", \.b)
      }
      .subsection(
        VMStateDescription<Parent>("parent/more") { Field("b", \.b) }.traced(subsection)
      )
      .traced(failing)
    }
  }

  @Test func savingRunsInnerHooksInsideOuterOnes() throws {
    let log = HookLog()
    _ = try Parent.vmstate().bytes(of: Parent(), context: SaveContext(observer: log))
    #expect(
      log.hooks == [
        "parent pre-save", "child > child pre-save", "child > child post-save",
        "parent/more > parent/more pre-save", "parent/more > parent/more post-save",
        "parent post-save",
      ])
    #expect(log.paths == ["child/a", "child", "b", "parent/more/b"])
  }

  @Test func loadingRunsTheInnerPostLoadFirst() throws {
    let log = HookLog()
    var state = Parent()
    let bytes = try Parent.vmstate().bytes(of: Parent())
    _ = try load(
      Parent.vmstate(), into: &state, bytes + [0], context: LoadContext(observer: log))
    #expect(
      log.hooks == [
        "parent pre-load", "child > child pre-load", "child > child post-load",
        "parent/more > parent/more pre-load", "parent/more > parent/more post-load",
        "parent post-load",
      ])
  }

  /// Saves with failing hooks: the error and the hooks that ran.
  private func failingSave(
    _ table: VMStateDescription<Parent>
  ) -> (error: VMStateError?, hooks: [String]) {
    let log = HookLog()
    let error = #expect(throws: VMStateError.self) {
      try table.bytes(of: Parent(), context: SaveContext(observer: log))
    }
    return (error, log.hooks.map { String($0.split(separator: ">").last!.drop { $0 == " " }) })
  }

  @Test func aFailedPreSaveIsNotFollowedByItsPostSave() {
    let (error, hooks) = failingSave(Parent.vmstate(failing: "pre-save"))
    #expect(error?.code == .hookFailed)
    #expect(error?.cause is Refusal)
    #expect(error?.offset == 0)
    #expect(hooks == ["parent pre-save"])
  }

  @Test func postSaveRunsAfterAFailureBelow() {
    let (error, hooks) = failingSave(Parent.vmstate(child: "pre-save"))
    #expect(error?.pathDescription == "child")
    #expect(hooks == ["parent pre-save", "child pre-save", "parent post-save"])
    let later = failingSave(Parent.vmstate(subsection: "post-save"))
    #expect(later.error?.pathDescription == "parent/more")
    // Two fields, the header of 5 and the name of 11 bytes, the version, the field.
    #expect(later.error?.offset == 2 + 2 + 11 + 4 + 1)
    #expect(later.hooks.last == "parent post-save")
  }

  @Test func aFailedPostSaveIsTheErrorOfAGoodSave() {
    let (error, _) = failingSave(Parent.vmstate(failing: "post-save"))
    #expect(error?.code == .hookFailed)
    #expect(error?.message == "the post-save hook failed")
  }

  @Test func theFirstErrorIsKeptWhenPostSaveFailsToo() {
    let (error, hooks) = failingSave(
      Parent.vmstate(failing: "post-save", child: "pre-save"))
    #expect(error?.pathDescription == "child")
    #expect(hooks.last == "parent post-save")
  }

  @Test(arguments: [
    ("pre-load", "", "", "", UInt64(0)), ("", "pre-load", "", "child", 0),
    ("", "post-load", "", "child", 1), ("", "", "pre-load", "parent/more", 19),
    ("", "", "post-load", "parent/more", 20), ("post-load", "", "", "", 20),
  ])
  func aFailedLoadHookEndsTheLoadAtItsPlace(
    outer: String, child: String, subsection: String, path: String, offset: UInt64
  ) throws {
    let bytes = try Parent.vmstate().bytes(of: Parent())
    let log = HookLog()
    let error = loadError(
      Parent.vmstate(failing: outer, child: child, subsection: subsection), into: Parent(), bytes,
      context: LoadContext(observer: log))
    #expect(error?.code == .hookFailed)
    #expect(error?.cause is Refusal)
    #expect(error?.pathDescription == path)
    #expect(error?.offset == offset)
    let ran = log.hooks.contains("parent post-load")
    #expect(ran == (outer == "post-load"), "post-load must not run after a failure")
  }

  @Test func anErrorOfThisPackageKeepsItsCode() {
    let table = VMStateDescription<Child>("child") { Field("a", \.a) }
      .postLoad { state, _ in
        throw VMStateError(.valueOutOfRange, "too large", found: "\(state.a)")
      }
    let outer = VMStateDescription<Parent>("parent") { Struct("child", \.child, table) }
    let error = loadError(outer, into: Parent(), hex("09"))
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.description == "child: too large (at byte 1 of the stream, found 9)")
  }

  @Test func neededIsNotAskedForNestedStructuresNorOnLoad() throws {
    let never = VMStateDescription<Child>("child") { Field("a", \.a) }.needed { _ in false }
    let table = VMStateDescription<Parent>("parent") { Struct("child", \.child, never) }
      .subsection("parent/more", needed: { _ in false }) { Field("b", \.b) }
    #expect(try table.bytes(of: Parent()) == hex("01"))
    var state = Parent()
    let wire = hex("05  05 0b 706172656e742f6d6f7265 00000000 07")
    #expect(try load(table, into: &state, wire + [0]) == [0])
    #expect(state.child.a == 5 && state.b == 7)
  }

  @Test func hooksSeeTheVersionOfTheirOwnTable() throws {
    let seen = SeenVersions()
    let child = VMStateDescription<Child>("child", version: 4) { Field("a", \.a) }
      .postLoad { _, context in seen.add(context.version) }
      .preSave { _, context in seen.add(context.version) }
    let table = VMStateDescription<Parent>("parent", version: 9) {
      Struct("child", \.child, child)
    }
    .postLoad { _, context in seen.add(context.version) }
    .postSave { _, context in seen.add(context.version) }
    var state = Parent()
    _ = try load(table, into: &state, hex("05"), version: 7)
    _ = try table.bytes(of: state)
    #expect(seen.versions == [4, 7, 4, 9])
  }

  // MARK: Where the hooks of a save write

  struct Owner: Sendable {
    var array = [Child(a: 1)]
    var list = [Child(a: 1)]
    var pointer: Child? = Child(a: 1)
    var pointers: [Child?] = [Child(a: 1)]
  }

  @Test func preSaveChangesTheStateAndNoCopyOfIt() throws {
    let counting = VMStateDescription<Child>("child") { Field("a", \.a) }
      .preSave { state, _ in state.a += 1 }
    let table = VMStateDescription<Owner>("owner") {
      Structs("array", \.array, counting, count: 1)
      List("list", \.list, counting, fresh: Child())
      Pointee("pointer", \.pointer, counting)
      Pointers("pointers", \.pointers, counting, count: 1)
    }
    var live = Owner()
    let copy = live
    var writer = StreamWriter(nil)
    var json: DescriptionText?
    try table.save(&live, to: &writer, json: &json)
    #expect(live.array[0].a == 2 && live.list[0].a == 2)
    #expect(live.pointer?.a == 2 && live.pointers[0]?.a == 2)
    #expect(copy.array[0].a == 1 && copy.list[0].a == 1)
    #expect(copy.pointer?.a == 1 && copy.pointers[0]?.a == 1)
  }
}

/// Versions in the order in which hooks saw them.
private final class SeenVersions: Sendable {
  private let list = Guarded<[Int]>([])
  func add(_ version: Int) { list.withLock { $0.append(version) } }
  var versions: [Int] { list.withLock { $0 } }
}

extension VMStateDescription {
  /// All four hooks, one of which may throw.
  fileprivate func traced(_ failing: String) -> Self {
    @Sendable func check(_ hook: String) throws {
      if hook == failing { throw HookTests.Refusal() }
    }
    return preLoad { _, _ in try check("pre-load") }
      .postLoad { _, _ in try check("post-load") }
      .preSave { _, _ in try check("pre-save") }
      .postSave { _, _ in try check("post-save") }
  }
}
