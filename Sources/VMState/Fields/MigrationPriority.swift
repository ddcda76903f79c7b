/// Place of an entry in the registry's order: higher ones are saved first.
///
/// QEMU: `MigrationPriority`, include/migration/vmstate.h.
public enum MigrationPriority: Int, Sendable, Hashable, Comparable, CaseIterable {
  /// No special place.
  case standard = 0
  /// IOMMUs.
  case iommu = 1
  /// PCI bridges and buses.
  case pciBus = 2
  /// virtio-mem devices.
  case virtioMem = 3
  /// The ARM GIC's translation service.
  case gicv3ITS = 4
  /// The ARM GIC.
  case gicv3 = 5
  /// Before everything else.
  case maximum = 6

  /// By value.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
