extension VMStateDescription {
  /// The description as plain values.
  public var schema: DescriptionSchema { core.schema }
}

extension DescriptionSchema {
  init(_ parts: DescriptionParts) {
    self.init(
      name: parts.name, version: parts.version, minimumVersion: parts.minimumVersion,
      stateType: parts.stateType, fields: parts.rows.map { $0.body.schema($0) },
      subsections: parts.subsections.map(\.schema),
      hasSubsectionList: parts.hasSubsectionList, isConditional: parts.hooks.needed != nil,
      priority: parts.priority.rawValue, isEarlySetup: parts.isEarlySetup,
      unmigratableReason: parts.unmigratableReason)
  }
}
