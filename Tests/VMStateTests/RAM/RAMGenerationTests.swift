import TestSupport
import Testing

@testable import VMState

/// What the generations of streams do differently with memory.
@Suite struct RAMGenerationTests {
  @Test func generationsAreFoundByTheirNames() {
    let names = StreamProfile.generations.map(\.name)
    #expect(names == ["4.2", "7.2", "8.2", "10.0", "11.1"])
    for profile in StreamProfile.generations {
      #expect(StreamProfile(named: profile.name) == profile)
    }
    #expect(StreamProfile(named: "9") == nil)
  }

  private func capabilities(_ profile: StreamProfile) -> [String] {
    ["compress", "mapped-ram"].filter { name in
      (try? RAMOptions.check([name], profile)) != nil
    }
  }

  @Test func generationsKnowTheirForms() {
    #expect(capabilities(.qemu4_2) == ["compress"])
    #expect(capabilities(.qemu8_2) == ["compress"])
    #expect(capabilities(.qemu10_0) == ["mapped-ram"])
    #expect(
      StreamProfile.generations.map(\.deviceStateChannels) == [false, false, false, true, true])
  }

  @Test func channelsMeetAsTheGenerationHasIt() {
    let ways = StreamProfile.generations.map { MultifdOptions($0) }
    #expect(
      ways.map(\.synchronisation) == [.perSection, .perSection, .perRound, .perRound, .perRound])
    #expect(ways.map(\.zeroPages) == [.legacy, .legacy, .legacy, .multifd, .multifd])
  }

  @Test func sharedBlocksStayWhereTheyAreByTheGenerationsRule() throws {
    for (profile, isIgnored) in [
      (StreamProfile.qemu4_2, true), (.qemu8_2, true), (.qemu10_0, false),
    ] {
      let list = RAMBlockList()
      let block = try RAMBlock.make("a", pages: 1, attributes: [.migratable, .shared])
      try list.add(block)
      let handlers = RAMHandlers(list)
      #expect(handlers.options(["x-ignore-shared"], profile).ignores(block) == isIgnored)
      let strict = RAMHandlers(list, ignoredNeedNamedFile: true)
      #expect(!strict.options(["x-ignore-shared"], profile).ignores(block))
    }
  }

  private let setup = hex("0000000000002004 01 61 0000000000002000 0000000000000010")

  @Test func zeroRecordsFillWithTheirByteIn4x() throws {
    let part = hex("0000000000000002 01 61 00 0000000000001022 07 0000000000000010")
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let target = try RAMFixture(pages: 2, protection: protection)
      target.first.fill(page: 0, with: 3)
      try target.load([setup, part], context: LoadContext(profile: .qemu4_2))
      #expect(target.content == [pageBytes(0) + pageBytes(7)])
    }
    let late = try RAMFixture(pages: 2)
    let error = #expect(throws: VMStateError.self) {
      try late.load([setup, part], context: LoadContext(profile: .qemu7_2))
    }
    #expect(error?.code == .badRAMRecord && error?.offset == 26 + 19)
  }

  @Test func anyWordWithTheFlagIsAHookIn4x() throws {
    // HOOK with ZERO: a kind that nobody here takes over, or none at all.
    let part = hex("0000000000000082 0000000000000010")
    for (profile, words) in [
      (StreamProfile.qemu4_2, "of this kind"), (.qemu7_2, "cannot stand together"),
    ] {
      let target = try RAMFixture(pages: 2)
      let error = #expect(throws: VMStateError.self) {
        try target.load([setup, part], context: LoadContext(profile: profile))
      }
      #expect(error?.code == .badRAMRecord && error?.message.contains(words) == true)
    }
  }
}
