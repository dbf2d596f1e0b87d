/// How the tenants of a tier are backed up.
public struct BackupPlan: Hashable, Sendable {
    /// Hours between two backups of a tenant; 0 where none are made unless somebody asks.
    public let everyHours: Int
    /// For how many days a backup is kept.
    public let keptForDays: Int
    /// For how many hours back a tenant can be restored to any moment, from the journal of its tables; 0 where none is kept.
    public let recoveryHours: Int

    /// A plan.
    public init(everyHours: Int, keptForDays: Int, recoveryHours: Int) {
        self.everyHours = everyHours
        self.keptForDays = keptForDays
        self.recoveryHours = recoveryHours
    }
}
