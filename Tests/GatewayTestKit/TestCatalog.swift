/// The catalog of the gateway's tests.
public enum TestCatalog {
    /// Its text.
    public static func json(readUnits: Int, writeUnits: Int, studentOptions: String = "") -> String {
        """
        {
          "name": "test",
          "tables": [
            {
              "name": "school-table",
              "partitionKey": { "name": "tenantId", "type": "S" },
              "sortKey": { "name": "entityKey", "type": "S" },
              "ownedKeys": ["{tenantId}"]
            },
            {
              "name": "student-table",
              \(studentOptions)
              "partitionKey": { "name": "recordKey", "type": "S" },
              "sortKey": { "name": "entityKey", "type": "S" },
              "ownedKeys": ["TENANT#{schoolId}#*"],
              "indexes": [
                {
                  "name": "teacher-index",
                  "partitionKey": { "name": "teacherKey", "type": "S" },
                  "sortKey": { "name": "entityKey", "type": "S" },
                  "projection": "ALL",
                  "ownedKeys": ["TENANT#{schoolId}#*"]
                },
                {
                  "name": "keys-index",
                  "partitionKey": { "name": "groupKey", "type": "S" },
                  "sortKey": { "name": "rank", "type": "N" },
                  "projection": "KEYS_ONLY",
                  "ownedKeys": ["TENANT#{schoolId}#*"]
                },
                \(newerIndexes)
              ]
            }
          ],
          "tiers": [
            {
              "name": "basic",
              "isolation": "pooled",
              "tenantsPerPool": 100,
              "schoolsMax": 10,
              "readUnitsPerSecond": \(readUnits),
              "writeUnitsPerSecond": \(writeUnits),
              "undoWindowSeconds": 86400,
              "writePauseMaxMilliseconds": 250,
              "copyRateItemsPerSecond": 20000
            }
          ],
          "firstItems": { "tenant": [], "school": [] }
        }
        """
    }

    /// An index of several key attributes, and a local one.
    private static let newerIndexes = """
        {
          "name": "class-index",
          "partitionKey": [{ "name": "classKey", "type": "S" }, { "name": "year", "type": "N" }],
          "sortKey": [{ "name": "surname", "type": "S" }, { "name": "number", "type": "N" }],
          "projection": "ALL",
          "ownedKeys": ["TENANT#{schoolId}#*"]
        },
        {
          "name": "grade-index",
          "kind": "local",
          "sortKey": { "name": "grade", "type": "N" },
          "projection": ["remark"]
        }
        """
}
