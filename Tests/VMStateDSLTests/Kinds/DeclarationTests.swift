import Testing
import VMState
import VMStateDSL

/// Tables that are wrong are refused when they are made, with a sentence that says what to do.
@Suite struct DeclarationTests {
  /// The trap's message.
  private func said(_ result: ExitTest.Result?, _ sentence: String) -> Bool {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self).contains(sentence)
  }

  @Test func aClassIsNoState() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      final class Device {}
      _ = VMStateDescription<Device>("device") {}
    }
    #expect(said(result, "the state of 'device' is a class"))
  }

  @Test func aComputedPropertyHasNoPlace() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      struct Double {
        var half: UInt8 = 1
        var whole: UInt8 {
          get { half * 2 }
          set { half = newValue / 2 }
        }
      }
      _ = Field<Double>("whole", \.whole)
    }
    #expect(said(result, "the row 'whole' over Double does not name a stored property"))
    #expect(said(result, "use a Computed or Custom row"))
  }

  @Test func aRowCoversStoredPropertiesOnly() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Computed<One<[UInt8]>>(
        "f", get: { $0.f[0] }, set: { $0.f[0] = $1 }, covering: [\.f.count])
    }
    #expect(said(result, "which is no stored property"))
  }

  @Test func aNameFitsItsLengthByte() async {
    let empty = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = VMStateDescription<UInt8State>("") {}
    }
    #expect(said(empty, "does not fit a section header"))
    let long = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = VMStateDescription<UInt8State>(String(repeating: "x", count: 256)) {}
    }
    #expect(said(long, "does not fit a section header"))
  }

  @Test func theMinimumIsNoNewerThanTheVersion() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = VMStateDescription<UInt8State>("k", version: 1, minimum: 2) {}
    }
    #expect(said(result, "the versions of 'k' (2 to 1) are no range"))
  }

  @Test func aPartLiesWithinItsArray() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Field<One<InlineArray<2, UInt8>>>("f", \.f, range: 1..<3)
    }
    #expect(said(result, "the row 'f' takes 1..<3 of an array of 2"))
  }

  @Test func aTupleHasMembersOfOneType() async {
    let mixed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      // Of the size and alignment of two half words.
      _ = Elements<One<(UInt16, UInt8, UInt8)>>("f", \.f, of: UInt16.self)
    }
    #expect(said(mixed, "is no tuple of UInt16"))
    let structure = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Elements<One<Pair>>("f", \.f, of: UInt16.self)
    }
    #expect(said(structure, "Pair is no tuple of UInt16"))
  }

  @Test func labelledTuplesAreTaken() throws {
    let table = VMStateDescription<One<(low: Pair, high: Pair)>>("k") {
      Elements("f", \.f, Pair.vmstate)
    }
    #expect(try table.bytes(of: One(f: (Pair(a: 1), Pair(b: 2)))) == [0, 1, 0, 0, 0, 2])
  }

  @Test func aListIsLoadedWithAVersionThatItsTableReads() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let element = VMStateDescription<UInt8State>("element", version: 1, minimum: 1) {
        Field("f", \.f)
      }
      _ = VMStateDescription<One<[UInt8State]>>("k") {
        Queue("queue", \.f, element, fresh: UInt8State(f: 0))
      }
    }
    #expect(said(result, "the row 'queue' of 'k' loads elements of 'element' with version 0"))
    #expect(said(result, "give the row .since(1)"))
  }

  @Test func aVersionedStructureHasAVersionOfItsTable() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let child = VMStateDescription<UInt8State>("child", version: 3, minimum: 2) {}
      _ = Struct<One<UInt8State>>("f", \.f, child, version: 1)
    }
    #expect(said(result, "a structure of 'child' with version 1: its table reads 2 to 3"))
  }

  @Test func aSubsectionIsNamedAfterItsOwner() async {
    let foreign = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = VMStateDescription<UInt8State>("dev") {}
        .subsection("other/a", needed: { _ in true }) {}
    }
    #expect(said(foreign, "'other/a' does not start with its owner's name 'dev'"))
    let twice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = VMStateDescription<UInt8State>("dev") {}
        .subsection("dev/a", needed: { _ in true }) {}
        .subsection("dev/a", needed: { _ in true }) {}
    }
    #expect(said(twice, "'dev/a' is there already"))
    let hidden = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = VMStateDescription<UInt8State>("dev") {}
        .subsection("dev/a", needed: { _ in true }) {}
        .subsection("dev/ab", needed: { _ in true }) {}
    }
    #expect(said(hidden, "'dev/ab' must come before 'dev/a', whose name it extends"))
    let versions = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = VMStateDescription<UInt8State>("dev") {}
        .subsection("dev/a", version: 256, needed: { _ in true }) {}
    }
    #expect(said(versions, "'dev/a' has version 256; a load keeps 8 bits of it"))
  }

  @Test func unusedElementsHaveASize() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Unused<Many<UInt32, UInt8>>(0, count: \.n)
    }
    #expect(said(result, "the row 'unused' has elements without a size"))
  }
}
