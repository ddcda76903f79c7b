import CBaselines
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Guest memory: the whole save or load of a machine that is nothing but memory, beside a C
/// program that moves the same pages by the best plain way.
struct RAMBenchmarks {
  let size: Int
  let rounds: Int
  let source: UnsafeMutablePointer<UInt8>
  let targets: RAMTargets

  static func run(size: Int, rounds: Int) throws {
    guard let source = bl_map(size) else { throw Disagreement(what: "no memory") }
    let targets = try RAMTargets()
    defer {
      targets.remove()
      bl_unmap(source, size)
    }
    let benchmarks = RAMBenchmarks(size: size, rounds: rounds, source: source, targets: targets)
    print("\nRAM of \(size >> 20) MiB (median of \(rounds) rounds; GB/s of guest memory)\n")
    print(try benchmarks.table().text)
    print("\nA disposable load: \(try benchmarks.extraMemory()) MiB beside the blocks.")
  }

  private func table() throws -> Table {
    var table = Table("RAM", "C floor", "VMState", "of the floor")
    for content in Content.allCases {
      content.fill(source, size)
      try check(content)
      for (name, floor, ours) in works(content) {
        let (low, own) = takeTurns(floor, ours)
        let speeds = zip(low, own).map { $0 / $1 }
        table.add([
          "\(content.rawValue), \(name)", rate(low), rate(own),
          decimal(median(speeds) * 100, 0) + " %",
        ])
      }
    }
    return table
  }

  private func rate(_ times: [Double]) -> String { decimal(Double(size) / median(times), 2) }

  /// A piece of work that gives its own time, so that preparing it costs nothing.
  typealias Work = () -> Double

  private func takeTurns(_ floor: Work, _ ours: Work) -> ([Double], [Double]) {
    _ = (floor(), ours())
    var low: [Double] = []
    var own: [Double] = []
    for _ in 0..<rounds {
      low.append(floor())
      own.append(ours())
    }
    return (low, own)
  }

  private func works(_ content: Content) -> [(String, Work, Work)] {
    [
      ("save to a file", floorToFile, oursToFile),
      ("save to a pipe", floorToPipe, oursToPipe),
      ("save to the null device", floorToNull, oursToNull),
      ("load from a file", floorFromFile, oursFromFile),
      ("load from a pipe", floorFromPipe, oursFromPipe),
    ]
  }

  /// Both programs must give the same memory back, from what each wrote.
  private func check(_ content: Content) throws {
    _ = (floorToFile(), oursToFile())
    let memory = try GuestMemory(mapping: UInt64(size))
    try RAMMachine(memory, .disposable).load(from: FileChannel(reading: targets.path("ours")))
    guard memcmp(memory.base, source, size) == 0 else {
      throw Disagreement(what: "\(content): the loaded memory differs")
    }
    let floor = bl_map(size)!
    defer { bl_unmap(floor, size) }
    let file = targets.openFile("floor")
    defer { close(file) }
    guard bl_floor_load(file, floor, size, 1) > 0, memcmp(floor, source, size) == 0 else {
      throw Disagreement(what: "\(content): the floor's memory differs")
    }
  }

  /// MiB that a disposable load from a file needs beside the blocks.
  private func extraMemory() throws -> String {
    Content.random.fill(source, size)
    _ = oursToFile()
    let machine = try RAMMachine(GuestMemory(mapping: UInt64(size)), .disposable)
    let channel = try FileChannel(reading: targets.path("ours"))
    guard bl_reset_peak() == 0 else { return "an unknown number of" }
    let before = bl_resident()
    try machine.load(from: channel)
    return decimal(Double(bl_peak_resident() - before - Int64(size)) / 1_048_576, 1)
  }
}

// MARK: - Saves

extension RAMBenchmarks {
  private func machine() -> RAMMachine {
    let memory = GuestMemory(at: UnsafeMutableRawPointer(source), length: UInt64(size))
    return made { () throws(VMStateError) in try RAMMachine(memory, .protected) }
  }

  private func floorToFile() -> Double {
    let file = targets.makeFile("floor")
    defer { close(file) }
    return nanoseconds { precondition(bl_floor_save(file, source, size) > 0) }
  }

  private func oursToFile() -> Double {
    unlink(targets.path("ours"))
    let machine = machine()
    return nanoseconds {
      attempt { () throws(VMStateError) in
        try machine.save(to: AtomicFileChannel(savingTo: targets.path("ours")))
      }
    }
  }

  private func floorToPipe() -> Double {
    let (writer, peer) = targets.drainedPipe()
    return nanoseconds {
      precondition(bl_floor_save(writer, source, size) > 0)
      close(writer)
      precondition(bl_peer_join(peer) > 0)
    }
  }

  private func oursToPipe() -> Double {
    let (writer, peer) = targets.drainedPipe()
    let machine = machine()
    return nanoseconds {
      attempt { () throws(VMStateError) in
        try machine.save(to: FileDescriptorChannel(writer, .owned))
      }
      precondition(bl_peer_join(peer) > 0)
    }
  }

  private func floorToNull() -> Double {
    let null = targets.openNull()
    defer { close(null) }
    return nanoseconds { precondition(bl_floor_save(null, source, size) > 0) }
  }

  private func oursToNull() -> Double {
    let null = targets.openNull()
    let machine = machine()
    return nanoseconds {
      attempt { () throws(VMStateError) in
        try machine.save(to: FileDescriptorChannel(null, .owned))
      }
    }
  }
}

// MARK: - Loads, always into fresh memory

extension RAMBenchmarks {
  private func floorLoad(_ descriptor: Int32, seekable: Bool) -> Double {
    let memory = bl_map(size)!
    defer { bl_unmap(memory, size) }
    return nanoseconds {
      precondition(bl_floor_load(descriptor, memory, size, seekable ? 1 : 0) > 0)
    }
  }

  private func oursLoad(_ channel: any ByteChannel) -> Double {
    let machine = made { () throws(VMStateError) in
      try RAMMachine(GuestMemory(mapping: UInt64(size)), .disposable)
    }
    return nanoseconds {
      attempt { () throws(VMStateError) in try machine.load(from: channel) }
    }
  }

  private func floorFromFile() -> Double {
    let file = targets.openFile("floor")
    defer { close(file) }
    return floorLoad(file, seekable: true)
  }

  private func oursFromFile() -> Double {
    oursLoad(made { () throws(VMStateError) in try FileChannel(reading: targets.path("ours")) })
  }

  private func floorFromPipe() -> Double {
    let bytes = targets.mapped("floor")
    defer { targets.unmap(bytes) }
    let (reader, peer) = targets.fedPipe(bytes)
    let time = floorLoad(reader, seekable: false)
    precondition(bl_peer_join(peer) > 0)
    close(reader)
    return time
  }

  private func oursFromPipe() -> Double {
    let bytes = targets.mapped("ours")
    defer { targets.unmap(bytes) }
    let (reader, peer) = targets.fedPipe(bytes)
    let channel = made { () throws(VMStateError) in try FileDescriptorChannel(reader, .owned) }
    let time = oursLoad(channel)
    precondition(bl_peer_join(peer) > 0)
    return time
  }
}

/// The result of what cannot fail here.
func made<Value>(_ body: () throws(VMStateError) -> Value) -> Value {
  do throws(VMStateError) { return try body() } catch { fatalError("\(error)") }
}
