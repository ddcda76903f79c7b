/// Threads that work off numbered jobs for the one thread that owns them.
final class JobThreads {
  fileprivate final class State: @unchecked Sendable {
    let monitor = ThreadMonitor()
    /// Jobs that nobody has begun.
    var waiting: [Int] = []
    var next = 0
    /// Jobs begun and not done.
    var busy = 0
    /// Jobs done that the owner has not heard of.
    var done: [Int] = []
    var isEnding = false
    /// Threads that have not ended.
    var running = 0

    var unfinished: Int { waiting.count - next + busy }
  }

  /// Number of threads.
  let count: Int
  private let state = State()

  /// Starts threads.
  ///
  /// - Parameter work: Does a job; gets the number of its thread and that of the job.
  /// - Throws: `unsupported` when the system gives no thread.
  init(
    _ count: Int, work: @escaping @Sendable (_ thread: Int, _ job: Int) -> Void
  ) throws(VMStateError) {
    self.count = count
    for thread in 0..<count {
      state.monitor.locked { state.running += 1 }
      do throws(VMStateError) {
        try DedicatedThread.run { [state] in state.serve { work(thread, $0) } }
      } catch {
        state.monitor.locked { state.running -= 1 }
        throw error
      }
    }
  }

  /// Hands a job over.
  func submit(_ job: Int) {
    state.monitor.locked {
      state.waiting.append(job)
      state.monitor.tell()
    }
  }

  /// True if a job that is handed over now begins at once.
  var hasIdleThread: Bool {
    state.monitor.locked { state.unfinished < count }
  }

  /// Jobs that were done since the last call, in any order.
  ///
  /// - Parameter waits: Not before there is one; there must be one under way.
  func takeDone(waits: Bool) -> [Int] {
    state.monitor.locked {
      while waits, state.done.isEmpty, state.unfinished > 0 {
        state.monitor.wait(milliseconds: 1000)
      }
      defer { state.done.removeAll(keepingCapacity: true) }
      return state.done
    }
  }

  /// Waits until all jobs are done, and forgets them.
  func finish() {
    state.monitor.locked {
      while state.unfinished > 0 { state.monitor.wait(milliseconds: 1000) }
      state.done.removeAll(keepingCapacity: true)
    }
  }

  /// Finishes the jobs that have begun, drops the others, and ends all threads.
  func end() {
    state.monitor.locked {
      state.isEnding = true
      state.monitor.tell()
      while state.running > 0 { state.monitor.wait(milliseconds: 1000) }
    }
  }

  deinit { end() }
}

extension JobThreads.State {
  /// The life of a thread.
  fileprivate func serve(_ work: (Int) -> Void) {
    while let job = take() {
      work(job)
      monitor.locked {
        busy -= 1
        done.append(job)
        // The owner waits for one job, or for the last.
        monitor.tell()
      }
    }
    monitor.locked {
      running -= 1
      monitor.tell()
    }
  }

  private func take() -> Int? {
    monitor.locked {
      while true {
        if isEnding { return nil }
        if next < waiting.count {
          busy += 1
          next += 1
          let job = waiting[next - 1]
          if next == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            next = 0
          }
          return job
        }
        monitor.wait(milliseconds: 1000)
      }
    }
  }
}
