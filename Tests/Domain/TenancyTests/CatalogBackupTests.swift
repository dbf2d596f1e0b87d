import Testing

@testable import Tenancy

/// A catalog of one tier with this text for `backups` at the end of its line.
private func catalog(_ backups: String?) -> String {
    let member = backups.map { ",\n    \"backups\": \($0)" } ?? ""
    return """
        {"name": "sample", "tables": [{"name": "school-table",
          "partitionKey": {"name": "tenantId", "type": "S"}, "ownedKeys": ["{tenantId}"], "indexes": []}],
        "tiers": [{"name": "basic", "isolation": "pooled", "tenantsPerPool": 2, "schoolsMax": 3,
          "readUnitsPerSecond": 4, "writeUnitsPerSecond": 5, "undoWindowSeconds": 6, "copyRateItemsPerSecond": 7\(member)}],
        "firstItems": {"tenant": [], "school": []}}
        """
}

private func plan(_ backups: String?) throws -> BackupPlan? {
    try #require(try Catalog(parsing: Array(catalog(backups).utf8), file: "c.json").tiers.first).backups
}

private func faults(_ backups: String) -> [String] {
    do throws(CatalogError) {
        _ = try Catalog(parsing: Array(catalog(backups).utf8), file: "c.json")
        return []
    } catch { return error.faults.map(\.description) }
}

@Suite struct CatalogBackupTests {
    @Test func aCatalogOfBeforeHasNone() throws { #expect(try plan(nil) == nil) }

    @Test(arguments: [
        (
            #"{"everyHours": 6, "keptForDays": 35, "recoveryHours": 840}"#,
            BackupPlan(everyHours: 6, keptForDays: 35, recoveryHours: 840)
        ),
        (
            #"{"everyHours": 24, "keptForDays": 1}"#,
            BackupPlan(everyHours: 24, keptForDays: 1, recoveryHours: 24)
        ),
        (
            #"{"everyHours": 0, "keptForDays": 7, "recoveryHours": 0}"#,
            BackupPlan(everyHours: 0, keptForDays: 7, recoveryHours: 0)
        ),
    ])
    func reads(_ text: String, _ expected: BackupPlan) throws { #expect(try plan(text) == expected) }

    @Test(arguments: [
        (
            #"{"everyHours": 25, "keptForDays": 1}"#,
            "c.json:5:16: backups kept for 1 days are gone before the next one after 25 hours; raise `keptForDays` or lower `everyHours`"
        ),
        (
            #"{"everyHours": 745, "keptForDays": 35}"#,
            "c.json:5:31: `everyHours` (0 for none by schedule) is `745`; use a number from 0 to 744"
        ),
        (
            #"{"everyHours": 24, "keptForDays": 0}"#,
            "c.json:5:50: `keptForDays` is `0`; use a number from 1 to 3660"
        ),
        (
            #"{"everyHours": 24, "keptForDays": 7, "recoveryHours": 841}"#,
            "c.json:5:70: `recoveryHours` (0 for none) is `841`; use a number from 0 to 840"
        ),
        (
            #"{"everyHours": "day", "keptForDays": 7}"#,
            "c.json:5:31: expected `everyHours` (0 for none by schedule) as a whole number, found the string `day`"
        ),
        (#"{"everyHours": 24}"#, "c.json:5:16: `keptForDays` is missing in a tier's `backups`; add it"),
    ])
    func tellsWhatIsWrongAndWhere(_ text: String, _ fault: String) { #expect(faults(text) == [fault]) }
}
