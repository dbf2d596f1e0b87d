import Base
import Policies
import Tenancy

/// What the tests of proofs ask about.
enum ProofSamples {
    /// Two tables with an index each, as the catalog that ships has them.
    static let catalogText = """
        {"name": "sample",
         "tables": [
          {"name": "school-table", "partitionKey": {"name": "tenantId", "type": "S"},
           "sortKey": {"name": "entityKey", "type": "S"}, "ownedKeys": ["{tenantId}"],
           "indexes": [{"name": "entity-type-index", "partitionKey": {"name": "tenantId", "type": "S"},
            "sortKey": {"name": "entityType", "type": "S"}, "projection": "ALL", "ownedKeys": ["{tenantId}"]}]},
          {"name": "student-table", "partitionKey": {"name": "recordKey", "type": "S"},
           "sortKey": {"name": "entityKey", "type": "S"}, "ownedKeys": ["TENANT#{schoolId}#*"],
           "indexes": [{"name": "teacher-index", "partitionKey": {"name": "teacherKey", "type": "S"},
            "sortKey": {"name": "entityKey", "type": "S"}, "projection": "ALL", "ownedKeys": ["TENANT#{schoolId}#*"]}]}],
         "tiers": [{"name": "basic", "isolation": "pooled", "tenantsPerPool": 100, "schoolsMax": 10,
          "readUnitsPerSecond": 1000, "writeUnitsPerSecond": 500, "undoWindowSeconds": 86400,
          "writePauseMaxMilliseconds": 250, "copyRateItemsPerSecond": 20000}]}
        """

    /// That catalog.
    static func catalog() throws -> Catalog {
        try Catalog(parsing: Array(catalogText.utf8), file: "catalog.json")
    }
}
