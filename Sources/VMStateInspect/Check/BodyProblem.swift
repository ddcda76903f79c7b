/// Something that a body's reading meets: it ends the load, or it is worth a word.
enum BodyProblem {
  /// The destination refuses the section.
  case refused(CheckReport.Blocker)
  /// Something does not arrive.
  case lost(CheckReport.Loss)
  /// What happens is not known.
  case untold(CheckReport.Untold)
}

/// Ends the reading of a body: nothing behind this place can be judged.
struct BodyEnd: Error {}
