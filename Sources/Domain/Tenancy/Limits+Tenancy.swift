import Base

extension Limits {
    /// The longest name of a tenant or a school, in characters as a reader counts them.
    public static let displayNameCharactersMax = 120
    /// The longest text of an owned-key pattern, in bytes.
    public static let ownedKeyPatternBytesMax = 256
    /// Tiers in one catalog.
    public static let tiersMax = 32
    /// Logical tables in one catalog.
    public static let logicalTablesMax = 64
    /// Global secondary indexes of one logical table. Source: Amazon DynamoDB Developer Guide, "Service,
    /// account, and table quotas": 20 by default.
    public static let indexesMax = 20
    /// Owned-key patterns of one table or index.
    public static let ownedKeyPatternsMax = 8
    /// First items of a tenant, and first items of a school.
    public static let firstItemsMax = 50
    /// Faults reported of one file; a note says how many more there are.
    public static let fileFaultsMax = 100
    /// Hours between two scheduled backups of a tenant.
    public static let backupIntervalHoursMax = 744
    /// Days for which a backup is kept.
    public static let backupKeptDaysMax = 3660
    /// Hours for which a journal is kept where a tier's `backups` does not say so.
    public static let recoveryHoursDefault = 24
    /// Hours for which a journal is kept. Source: DynamoDB API reference, PointInTimeRecoverySpecification: 35 days.
    public static let recoveryHoursMax = 35 * 24
    /// Rows in one import file.
    public static let importRowsMax = 100_000
    /// Schools named in one row or one request.
    public static let schoolsPerRequestMax = 500
    /// Schools that an override may allow a tenant. Its record must hold them.
    public static let overriddenSchoolsMax = 1000
    /// Units or items a second that an override may allow a tenant.
    public static let overriddenUnitsMax = 1_000_000
    /// The longest undo window of an override: thirty days.
    public static let overriddenUndoWindowSecondsMax = 30 * 86_400
    /// The longest write pause of an override.
    public static let overriddenWritePauseMillisecondsMax = 10_000
}

extension Limits {
    /// Rules by which the tenants of one tier are upgraded.
    public static let upgradeRulesMax = 16
    /// The threshold of a rule that counts: schools, items or bytes.
    public static let upgradeThresholdMax = 1_000_000_000_000_000
    /// For how long a rule may have to hold: a day.
    public static let ruleMinutesMax = 24 * 60
    /// Schools that a tenant may have above its tier until it is moved.
    public static let schoolsGraceMax = 100
    /// Hours without a move by itself behind one, where a tier does not say.
    public static let coolDownHoursDefault = 24
    /// Hours without a move by itself behind one.
    public static let coolDownHoursMax = 365 * 24
    /// Windows of one catalog.
    public static let maintenanceWindowsMax = 32
    /// Blackouts of one catalog.
    public static let blackoutsMax = 256
    /// Moves of tenants that a server carries out at the same time: the most that a catalog lets begin, and what it has where it does not
    /// say.
    public static let movesAtOnceMax = 4
    /// Upgrades that begin within a day, where a catalog does not say.
    public static let upgradesPerNightDefault = 100
    /// Upgrades that begin within a day.
    public static let upgradesPerNightMax = 100_000
}

extension Limits {
    /// Tenants that one line of a catalog's plan names; the line says how many there are.
    public static let catalogChangeTenantsMax = 20
    /// Bytes of a catalog that can be put in force: it is kept in one record of the registry.
    public static let catalogBytesMax = 128 * 1024
}
