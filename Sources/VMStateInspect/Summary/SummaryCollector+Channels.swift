import VMState

extension SummaryCollector {
  mutating func begin(channel number: UInt8, _ range: Range<UInt64>) {
    if summary.channels.isEmpty, summary.sections.isEmpty { summary.container = "multifd channel" }
    summary.channels.append(
      StreamSummary.Channel(number: number, length: range.upperBound))
  }

  mutating func note(_ record: HandlerRecord) {
    switch record {
    case .multifdPacket(.pages(let packet)):
      notePacket()
      count(packet)
    case .multifdPacket(.deviceState): notePacket()
    case .cpr(let state):
      summary.cpr = state
      summary.container = "CPR state"
      summary.isComplete = true
    default: break
    }
  }

  private mutating func notePacket() {
    guard !summary.channels.isEmpty else { return }
    summary.channels[summary.channels.count - 1].packets += 1
  }

  private mutating func count(_ packet: MultifdPagePacket) {
    let normal = Int(packet.normalPages)
    let total = normal + (packet.layout == .zeroPages ? Int(packet.zeroPages) : 0)
    guard total > 0, !summary.channels.isEmpty else { return }
    let block = place(ofBlock: packet.idstr)
    for (index, offset) in packet.offsets.prefix(total).enumerated() {
      let kind: RAMRecordFlags = index < normal ? .page : .zero
      summary.channels[summary.channels.count - 1].pages.count(kind)
      guard let block else { continue }
      summary.blocks[block].pages.count(kind)
      let page = offset / UInt64(max(1, summary.pageSize))
      guard let isRepeated = seen[block].insert(page, budget: &bitmapBudget) else {
        summary.countsRepeats = false
        continue
      }
      if isRepeated { summary.blocks[block].pages.repeated += 1 }
    }
  }

  /// Packets name their block; a channel on its own has no list of them.
  private mutating func place(ofBlock name: String) -> Int? {
    if let index = summary.blocks.firstIndex(where: { $0.idstr == name }) { return index }
    guard summary.sections.isEmpty, summary.blocks.count < Bound.blocks else { return nil }
    summary.blocks.append(StreamSummary.Block(idstr: name, length: 0, regionOffset: nil))
    seen.append(PagesSeen())
    return summary.blocks.count - 1
  }
}
