/// The parts that the saver is to send before others: first those that a writer waits for, then
/// those whose copies take up room; each kind in the order of its arrival.
struct SnapshotQueue {
  private struct Line {
    private var places: [MemorySnapshot.Place] = []
    private var first = 0

    mutating func add(_ place: MemorySnapshot.Place) { places.append(place) }

    mutating func take() -> MemorySnapshot.Place? {
      guard first < places.count else { return nil }
      defer { forget() }
      return places[first]
    }

    // What was taken goes when it is the larger half.
    private mutating func forget() {
      first += 1
      guard first * 2 >= places.count else { return }
      places.removeFirst(first)
      first = 0
    }
  }

  private var urgent = Line()
  private var copied = Line()

  mutating func addUrgent(_ place: MemorySnapshot.Place) { urgent.add(place) }
  mutating func addCopied(_ place: MemorySnapshot.Place) { copied.add(place) }
  mutating func take() -> MemorySnapshot.Place? { urgent.take() ?? copied.take() }
}
