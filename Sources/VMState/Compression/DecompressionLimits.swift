/// Bounds for decoders.
public enum DecompressionLimits {
  /// Most memory that a decoder takes unless told otherwise, in bytes: enough for all that xz
  /// writes (65 MiB at its highest level) and for zstd up to its level 21.
  public static let defaultMemory = 72 << 20
}
