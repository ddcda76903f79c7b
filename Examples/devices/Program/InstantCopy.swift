import DeviceModels
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The memory of a background snapshot's instant, copied while the machine stands still.
final class InstantCopy: TransferObserver {
  private let machine: ExampleMachine
  private let copy: UnsafeMutableRawBufferPointer
  private var hasWaited = false

  init(_ machine: ExampleMachine) {
    self.machine = machine
    copy = .allocate(byteCount: Int(machine.options.memoryBytes), alignment: 4096)
  }

  deinit { copy.deallocate() }

  func observe(_ event: TransferEvent) {
    guard case .hook("begin-snapshot", _, _) = event else { return }
    copy.copyMemory(from: memory)
  }

  private var memory: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: machine.memory.block.memory.base, count: copy.count)
  }

  /// Called by the save as it goes on: lets the threads come before the first page.
  func delay(_ progress: SaveProgress) {
    guard progress.phase == .iterating, !hasWaited else { return }
    hasWaited = true
    usleep(20_000)
  }

  /// Writes the copy; false, with a complaint, if the machine did not overwrite its memory
  /// meanwhile.
  func finish(savingTo path: String) throws -> Bool {
    let values = machine.ramHandlers.progress.current.snapshot
    say(
      "\(values.method?.rawValue ?? "none"): \(values.copiedPages) pages copied for writers, "
        + "\(values.waits) waits")
    machine.stop(.paused)
    let pages = copy.count / 4096
    let changed = (0..<pages).count { page in
      memcmp(memory.baseAddress! + page << 12, copy.baseAddress! + page << 12, 4096) != 0
    }
    say("\(changed) of \(pages) pages are others now")
    try BlankStream.write(UnsafeRawBufferPointer(copy), to: path)
    guard values.copiedPages > 0, changed > pages / 4 else {
      complain("the machine has not overwritten its memory while it was saved")
      return false
    }
    return true
  }
}
