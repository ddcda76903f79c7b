import CBaselines
import VMState

/// What is done with each page: the look for zeros, and the delta against an older content.
struct PageBenchmarks {
  /// Pages with this many changed runs of this many bytes each.
  private static let densities: [(runs: Int, bytes: Int)] = [
    (0, 0), (1, 1), (1, 64), (8, 4), (32, 8), (64, 16), (128, 4), (256, 4), (8, 400), (1, 3500),
  ]
  // Few enough for a processor's own cache: beyond it all wait for memory alike.
  private static let pages = 48

  static func run(rounds: Int, times: Int) {
    print("\nPages (median of \(rounds) rounds; GB/s of pages)\n")
    var table = Table("work", "C", "VMState", "of C")
    addZeros(to: &table, rounds, times)
    for density in densities { addDelta(density, to: &table, rounds, times) }
    print(table.text)
  }

  private static func add(
    _ name: String, to table: inout Table, _ bytes: Int, _ rounds: Int, _ times: Int,
    _ classic: @escaping () -> Void, _ own: @escaping () -> Void
  ) {
    let timings = measure(
      [
        Contender(name: "C") { for _ in 0..<$0 { classic() } },
        Contender(name: "VMState") { for _ in 0..<$0 { own() } },
      ], rounds: rounds, times: times)
    table.add([
      name, decimal(Double(bytes) / timings.nanoseconds(0), 2),
      decimal(Double(bytes) / timings.nanoseconds(1), 2),
      decimal(timings.speed(of: 1, over: 0), 2) + "x",
    ])
  }

  private static func addZeros(to table: inout Table, _ rounds: Int, _ times: Int) {
    let size = 64 << 20
    let memory = bl_map(size)!
    defer { bl_unmap(memory, size) }
    for content in Content.allCases {
      content.fill(memory, size)
      let expected = bl_zero_pages(memory, size)
      var found: Int64 = 0
      let own = {
        found = 0
        for page in 0..<size >> 12 {
          found += ZeroPage.isZero(UnsafeRawPointer(memory) + page << 12, count: 4096) ? 1 : 0
        }
      }
      add(
        "zero pages, \(content.rawValue) memory", to: &table, size, rounds, max(1, times / 100),
        { precondition(bl_zero_pages(memory, size) == expected) }, own)
      precondition(found == expected)
    }
  }

  private static func addDelta(
    _ density: (runs: Int, bytes: Int), to table: inout Table, _ rounds: Int, _ times: Int
  ) {
    let size = pages << 12
    let old = bl_map(size)!
    let new = bl_map(size)!
    let target = UnsafeMutablePointer<UInt8>.allocate(capacity: 8192)
    defer {
      bl_unmap(old, size)
      bl_unmap(new, size)
      target.deallocate()
    }
    bl_random_memory(old, size, 0x0DE17A)
    new.update(from: old, count: size)
    change(new, density)
    var classic = 0
    var own = 0
    add(
      "delta, \(density.runs) runs of \(density.bytes)", to: &table, size, rounds,
      max(1, times / 4),
      {
        classic = 0
        for page in 0..<pages {
          classic += Int(bl_xbzrle(old + page << 12, new + page << 12, 4096, target, 4096))
        }
      },
      {
        own = 0
        for page in 0..<pages {
          own +=
            XBZRLE.encode(
              old: UnsafeRawBufferPointer(start: old + page << 12, count: 4096),
              new: UnsafeRawBufferPointer(start: new + page << 12, count: 4096),
              into: UnsafeMutableRawBufferPointer(start: target, count: 4096)) ?? -1
        }
      })
    precondition(classic == own, "the deltas have other lengths")
  }

  /// Inverts runs of bytes, evenly spread over each page.
  private static func change(
    _ memory: UnsafeMutablePointer<UInt8>, _ density: (runs: Int, bytes: Int)
  ) {
    for page in 0..<pages {
      for run in 0..<density.runs {
        // Not at the same place of each page.
        let place = 4096 / density.runs * run + page % 7
        for byte in 0..<density.bytes where place + byte < 4096 {
          memory[page << 12 + place + byte] ^= 0xFF
        }
      }
    }
  }
}
