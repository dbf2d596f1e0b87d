import Base
import JSONText

extension CatalogReader {
    /// A tier's `backups`; nil inside where there is none, nil where it is not as it must be.
    mutating func backups(_ node: JSONText.Node?) -> (plan: BackupPlan?, Void)? {
        guard let node else { return (nil, ()) }
        guard
            let object = object(
                node, "a tier's `backups`", needed: ["everyHours", "keptForDays"],
                optional: ["recoveryHours"])
        else { return nil }
        let every = integer(
            object["everyHours"], "`everyHours` (0 for none by schedule)",
            in: 0...Limits.backupIntervalHoursMax)
        let kept = integer(object["keptForDays"], "`keptForDays`", in: 1...Limits.backupKeptDaysMax)
        let name = "recoveryHours"
        // Source: DynamoDB API reference, PointInTimeRecoverySpecification: at most 35 days.
        let recovery =
            object[name] == nil
            ? Limits.recoveryHoursDefault
            : integer(object[name], "`\(name)` (0 for none)", in: 0...Limits.recoveryHoursMax)
        guard let every, let kept, let recovery else { return nil }
        if every > 0, every > kept * 24 {
            fault(
                node.position,
                "backups kept for \(kept) days are gone before the next one after \(every) hours",
                "raise `keptForDays` or lower `everyHours`")
            return nil
        }
        return (BackupPlan(everyHours: every, keptForDays: kept, recoveryHours: recovery), ())
    }
}
