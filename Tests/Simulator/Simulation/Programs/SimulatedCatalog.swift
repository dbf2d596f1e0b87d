import Policies
import Tenancy

/// What a simulation's deployment runs on: pools that are soon full, a copy in small slices, undo windows of seconds.
enum SimulatedCatalog {
    /// - Parameter budgetMilliseconds: how long a move may hold writes back.
    static func make(budgetMilliseconds: Int) throws -> Catalog {
        try Catalog(parsing: Array(json(limits(budgetMilliseconds)).utf8), file: "simulation.json")
    }

    private static func json(_ limits: String) -> String {
        """
        {
          "name": "simulation",
          "tables": [
            {
              "name": "school-table",
              "partitionKey": { "name": "tenantId", "type": "S" },
              "sortKey": { "name": "entityKey", "type": "S" },
              "ownedKeys": ["{tenantId}"]
            },
            {
              "name": "student-table",
              "partitionKey": { "name": "recordKey", "type": "S" },
              "sortKey": { "name": "entityKey", "type": "S" },
              "ownedKeys": ["TENANT#{schoolId}#*"],
              "timeToLive": "endsAt",
              "indexes": [
                {
                  "name": "teacher-index",
                  "partitionKey": { "name": "teacherKey", "type": "S" },
                  "sortKey": { "name": "entityKey", "type": "S" },
                  "projection": "ALL",
                  "ownedKeys": ["TENANT#{schoolId}#*"]
                }
              ]
            }
          ],
          "tiers": [
            { "name": "basic", "isolation": "pooled", "tenantsPerPool": 2, \(limits) },
            { "name": "advanced", "isolation": "pooled", "tenantsPerPool": 2, \(limits) },
            { "name": "premium", "isolation": "dedicated", \(limits) }
          ],
          "firstItems": { "tenant": [], "school": [] }
        }
        """
    }

    private static func limits(_ budgetMilliseconds: Int) -> String {
        """
        "schoolsMax": 10, "readUnitsPerSecond": 1000000, "writeUnitsPerSecond": 1000000,
        "undoWindowSeconds": 5, "writePauseMaxMilliseconds": \(budgetMilliseconds), "copyRateItemsPerSecond": 30
        """
    }
}

/// Who may do what in a simulation: each session what is its school's.
enum SimulatedPolicies {
    static let role = "teacher"

    static func make() throws -> PolicyCatalog {
        try PolicyCatalog.load(files: [
            "policies/own.json": Array(own.utf8), "policies/open.json": Array(open.utf8),
            "roles/teacher.json": Array(teacher.utf8), "roles/operator.json": Array(operators.utf8),
        ])
    }

    private static let teacher = """
        { "name": "teacher", "description": "A session of a school.", "policies": ["own.json"],
          "trust": { "conditions": { "StringEquals": { "homeroom:role": "teacher" } } },
          "maxSessionSeconds": 43200 }
        """

    private static let operators = """
        { "name": "operator", "description": "Operators.", "policies": ["open.json"],
          "trust": { "conditions": { "Null": { "homeroom:role": "true" } } }, "maxSessionSeconds": 3600 }
        """

    private static let open = """
        { "Version": "2012-10-17", "Statement": [
          { "Sid": "Open", "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*" } ] }
        """

    private static let own = """
        { "Version": "2012-10-17", "Statement": [
          { "Sid": "OwnSchool", "Effect": "Allow", "Action": "dynamodb:*",
            "Resource": ["arn:aws:dynamodb:*:*:table/student-table", "arn:aws:dynamodb:*:*:table/student-table/index/*"],
            "Condition": {
              "ForAllValues:StringLike": { "dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school_id}#*" },
              "Null": { "dynamodb:LeadingKeys": "false" } } },
          { "Sid": "OwnTenant", "Effect": "Allow", "Action": "dynamodb:*",
            "Resource": "arn:aws:dynamodb:*:*:table/school-table",
            "Condition": {
              "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant_id}" },
              "Null": { "dynamodb:LeadingKeys": "false" } } } ] }
        """
}
