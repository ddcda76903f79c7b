import CBaselines

/// The device state: saving and loading beside C.
enum DeviceBenchmarks {
  static func run(rounds: Int, times: Int) throws {
    let work = try DeviceWork(seed: 0x5EED)
    try work.check()
    print("\nDevice state of \(work.image.count) bytes (median of \(rounds) rounds of \(times))\n")
    print(ratios("save", savers(work), rounds, times))
    print("")
    print(ratios("load", loaders(work), rounds, times))
    print("")
    print(allocations(work))
  }

  private static func savers(_ work: DeviceWork) -> [Contender] {
    [
      Contender(name: "C table, byte by byte") { work.cSave(bl_save_bytewise, $0) },
      Contender(name: "C table, wide stores") { work.cSave(bl_save_wide, $0) },
      Contender(name: "C straight-line") { work.cSave(bl_save_checked, $0) },
      Contender(name: "C straight-line, one room check") { work.cSave(bl_save_straight, $0) },
      Contender(name: "VMState plan", body: work.planSave),
      Contender(name: "VMState device with its JSON", body: work.sectionSave),
      Contender(name: "Codable", thinning: 50, body: work.codableSave),
    ]
  }

  private static func loaders(_ work: DeviceWork) -> [Contender] {
    [
      Contender(name: "C table, byte by byte") { work.cLoad(bl_load_bytewise, $0) },
      Contender(name: "C table, wide stores") { work.cLoad(bl_load_wide, $0) },
      Contender(name: "C straight-line") { work.cLoad(bl_load_checked, $0) },
      Contender(name: "C straight-line, one room check") { work.cLoad(bl_load_straight, $0) },
      Contender(name: "VMState plan", body: work.planLoad),
      Contender(name: "VMState transactional load", body: work.transactionalLoad),
      Contender(name: "Codable", thinning: 50, body: work.codableLoad),
    ]
  }

  /// Each row's time, and its speed as a multiple of the first contenders' and of the plan's.
  private static func ratios(
    _ verb: String, _ contenders: [Contender], _ rounds: Int, _ count: Int
  ) -> String {
    let timings = measure(contenders, rounds: rounds, times: count)
    var table = Table(verb, "ns", "to byte-wise", "to wide", "to straight", "to plan")
    for (index, contender) in contenders.enumerated() {
      let speeds = [0, 1, 2, 4].map { times(timings.speed(of: index, over: $0)) }
      table.add([contender.name, decimal(timings.nanoseconds(index), 0)] + speeds)
    }
    return table.text
  }

  /// Allocations of one more piece of work, told from those of setting up a batch.
  private static func allocations(_ work: DeviceWork) -> String {
    var table = Table("allocations", "per piece")
    for (name, body) in [
      ("plan save", work.planSave), ("plan load", work.planLoad),
      ("device with its JSON", work.sectionSave), ("transactional load", work.transactionalLoad),
      ("Codable save", work.codableSave), ("Codable load", work.codableLoad),
    ] {
      table.add([name, decimal(perPiece(body), 2)])
    }
    return table.text
  }

  private static func perPiece(_ body: (Int) -> Void) -> Double {
    func count(_ times: Int) -> UInt64 {
      let before = bl_allocations()
      body(times)
      return bl_allocations() - before
    }
    _ = count(2)
    let few = count(10)
    return (Double(count(1010)) - Double(few)) / 1000
  }
}

extension DeviceBenchmarks {
  /// One piece of work over and over, to be looked at with a profiler.
  static func `repeat`(_ name: String, _ count: Int) throws {
    let work = try DeviceWork(seed: 1)
    switch name {
    case "plan-save": work.planSave(count)
    case "plan-load": work.planLoad(count)
    case "device-save": work.sectionSave(count)
    case "device-load": work.transactionalLoad(count)
    default: throw Disagreement(what: "no work is called '\(name)'")
    }
  }
}
