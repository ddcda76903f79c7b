import VMState

/// Answers whether a destination would load a stream.
///
/// The stream is loaded in a dry run: over its bytes, by QEMU's own rules, with the layouts,
/// names and values that the target shows. So the answer and its first reason are those of the
/// real QEMU, and the reasons behind it are those that it would meet one after another.
public enum Checker {
  /// Checks a stream against a destination.
  ///
  /// - Parameters:
  ///   - source: The stream; it is read to its end.
  ///   - target: What is known of the destination.
  /// - Throws: The channel's error; `unsupported` for a channel that cannot read at positions.
  public static func check(
    _ source: CheckSource, against target: CheckTarget
  ) throws(VMStateError) -> CheckReport {
    var run = try DryRun(source, TargetModel(target))
    return try run.run()
  }
}
