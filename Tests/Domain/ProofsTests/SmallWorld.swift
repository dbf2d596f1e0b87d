import Base
import Tenancy

/// A catalog so small that every request of a kind can be asked: tags and keys are words over a few letters.
enum SmallWorld {
    /// A table or an index.
    struct Place: Sendable {
        let table: String
        let index: String?
        let isOwnedByTenant: Bool

        /// The tag that holds the id of whom its keys belong to.
        var ownerTag: String { isOwnedByTenant ? "tenant_id" : "school_id" }
        var isIndex: Bool { index != nil }
        /// As an ARN's last segment has it.
        var path: String { "table/\(table)" + (index.map { "/index/\($0)" } ?? "") }
    }

    static let places = [
        Place(table: "ttt", index: nil, isOwnedByTenant: false),
        Place(table: "ttt", index: nil, isOwnedByTenant: false),
        Place(table: "ttt", index: "own", isOwnedByTenant: false),
        Place(table: "uuu", index: nil, isOwnedByTenant: true),
        Place(table: "ttt", index: "ten", isOwnedByTenant: true),
    ]

    static let catalogText = """
        {"name": "small", "tables": [
          {"name": "ttt", "partitionKey": {"name": "pk", "type": "S"}, "ownedKeys": ["T#{schoolId}#*"],
           "indexes": [
             {"name": "own", "partitionKey": {"name": "ok", "type": "S"}, "projection": "ALL",
              "ownedKeys": ["T#{schoolId}#*"]},
             {"name": "ten", "partitionKey": {"name": "tk", "type": "S"}, "projection": "ALL",
              "ownedKeys": ["{tenantId}"]}]},
          {"name": "uuu", "partitionKey": {"name": "pk", "type": "S"}, "ownedKeys": ["{tenantId}"]}],
         "tiers": [{"name": "basic", "isolation": "pooled", "tenantsPerPool": 100, "schoolsMax": 10,
           "readUnitsPerSecond": 1000, "writeUnitsPerSecond": 500, "undoWindowSeconds": 86400,
           "writePauseMaxMilliseconds": 250, "copyRateItemsPerSecond": 20000}]}
        """

    static let catalog: Catalog = {
        do {
            return try Catalog(parsing: Array(catalogText.utf8), file: "small.json")
        } catch {
            preconditionFailure("the small catalog is a catalog: \(error)")
        }
    }()
}
