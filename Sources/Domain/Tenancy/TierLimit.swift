import Base

/// A limit of a tier that can be overridden for one tenant.
public enum TierLimit: String, Hashable, Sendable, Codable, CaseIterable {
    /// How many schools it may have.
    case schools
    /// Read units a second.
    case readUnits = "read-units"
    /// Write units a second.
    case writeUnits = "write-units"
    /// How long a move can be taken back, in seconds.
    case undoWindowSeconds = "undo-window-seconds"
    /// How long a move may hold back writes, in milliseconds.
    case writePauseMilliseconds = "write-pause-milliseconds"
    /// Items a second that a move copies.
    case copyItems = "copy-items"

    /// The values that it takes.
    public var range: ClosedRange<Int> {
        switch self {
        case .schools: 0...Limits.overriddenSchoolsMax
        case .readUnits, .writeUnits, .copyItems: 1...Limits.overriddenUnitsMax
        case .undoWindowSeconds: 0...Limits.overriddenUndoWindowSecondsMax
        case .writePauseMilliseconds: 1...Limits.overriddenWritePauseMillisecondsMax
        }
    }
}

extension Tier {
    /// What the tier says of it; nil for no limit.
    public func value(of limit: TierLimit) -> Int? {
        switch limit {
        case .schools: schoolsMax
        case .readUnits: readUnitsPerSecond
        case .writeUnits: writeUnitsPerSecond
        case .undoWindowSeconds: undoWindowSeconds
        case .writePauseMilliseconds: writePauseMaxMilliseconds
        case .copyItems: copyRateItemsPerSecond
        }
    }

    /// The tier with other values for these limits.
    public func overridden(by values: [TierLimit: Int]) -> Tier {
        guard !values.isEmpty else { return self }
        return Tier(
            name: name, isolation: isolation, schoolsMax: values[.schools] ?? schoolsMax,
            readUnitsPerSecond: values[.readUnits] ?? readUnitsPerSecond,
            writeUnitsPerSecond: values[.writeUnits] ?? writeUnitsPerSecond,
            undoWindowSeconds: values[.undoWindowSeconds] ?? undoWindowSeconds,
            writePauseMaxMilliseconds: values[.writePauseMilliseconds] ?? writePauseMaxMilliseconds,
            copyRateItemsPerSecond: values[.copyItems] ?? copyRateItemsPerSecond, backups: backups,
            upgrade: upgrade)
    }
}
