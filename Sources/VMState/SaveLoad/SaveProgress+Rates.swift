extension SaveProgress {
  /// Fewer bytes in a slice say nothing about the rate of dirty pages.
  ///
  /// QEMU: `migration_update_counters`, migration/migration.c.
  private static let telling: UInt64 = 10_000

  /// Pages sent so far in whatever form.
  var sentPages: UInt64 { normalPages + zeroPages + codedPages }

  /// Takes the rates of a slice that is over.
  mutating func note(_ meter: BandwidthMeter) {
    bytesPerSecond = meter.bytesPerSecond
    pagesPerSecond = meter.pagesPerSecond
    guard dirtyPagesPerSecond != 0, meter.sliceBytes > Self.telling,
      let downtime = meter.downtime(for: dirtyBytesAtLastSync)
    else { return }
    dirtyDowntime = downtime
  }
}
