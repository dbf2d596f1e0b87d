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

    /// One role with these statements, and perhaps a boundary.
    static func policies(
        role: String, _ statements: [String], boundary: [String]? = nil,
        trust: String = "{\"conditions\": {\"StringEquals\": {\"homeroom:role\": \"teacher\"}}}",
        seconds: Int = 3600
    ) throws -> PolicyCatalog {
        var files = ["policies/p.json": document(statements)]
        var limit = ""
        if let boundary {
            files["policies/boundary.json"] = document(boundary)
            limit = "\"permissionBoundary\": \"boundary.json\","
        }
        files["roles/\(role).json"] = Array(
            """
            {"name": "\(role)", "policies": ["p.json"], \(limit) "trust": \(trust), "maxSessionSeconds": \(seconds)}
            """.utf8)
        return try PolicyCatalog.load(files: files)
    }

    private static func document(_ statements: [String]) -> [UInt8] {
        Array("{\"Version\": \"2012-10-17\", \"Statement\": [\(statements.joined(separator: ", "))]}".utf8)
    }
}
