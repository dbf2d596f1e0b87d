import Policies

/// The policies of the gateway's tests.
public enum TestPolicies {
    /// One role that keeps to its school, with a deny of its own, and one that may do everything.
    public static func proper() throws -> PolicyCatalog {
        try catalog(teacher: keyed, denial: protect)
    }

    /// What a reviewer is afraid of: every role may do everything, so that only the second wall is left.
    public static func faulty() throws -> PolicyCatalog {
        try catalog(teacher: open, denial: open)
    }

    /// The one role may do nothing.
    public static func closed() throws -> PolicyCatalog {
        try catalog(teacher: open, denial: nothing)
    }

    private static func catalog(teacher: String, denial: String) throws -> PolicyCatalog {
        try PolicyCatalog.load(files: [
            "policies/keyed.json": Array(teacher.utf8), "policies/protect.json": Array(denial.utf8),
            "roles/teacher.json": Array(role.utf8), "policies/open.json": Array(open.utf8),
            "roles/operator.json": Array(operators.utf8),
        ])
    }

    private static let role = """
        { "name": "teacher", "description": "A test's role.", "policies": ["keyed.json", "protect.json"],
          "trust": { "conditions": { "StringEquals": { "homeroom:role": "teacher" } } },
          "maxSessionSeconds": 3600 }
        """

    private static let operators = """
        { "name": "operator", "description": "A test's operators.", "policies": ["open.json"],
          "trust": { "conditions": { "Null": { "homeroom:role": "true" } } }, "maxSessionSeconds": 3600 }
        """

    private static let open = """
        { "Version": "2012-10-17", "Statement": [
          { "Sid": "Faulty", "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*" } ] }
        """

    private static let keyed = """
        { "Version": "2012-10-17", "Statement": [
          { "Sid": "OwnSchool", "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
              "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLSelect",
              "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"],
            "Resource": ["arn:aws:dynamodb:*:*:table/student-table", "arn:aws:dynamodb:*:*:table/student-table/index/*"],
            "Condition": {
              "ForAllValues:StringLike": { "dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school_id}#*" },
              "Null": { "dynamodb:LeadingKeys": "false" } } },
          { "Sid": "OwnTenant", "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query"],
            "Resource": "arn:aws:dynamodb:*:*:table/school-table",
            "Condition": {
              "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant_id}" },
              "Null": { "dynamodb:LeadingKeys": "false" } } },
          { "Sid": "Tables", "Effect": "Allow",
            "Action": ["dynamodb:DescribeTable", "dynamodb:ListTables"], "Resource": "*" } ] }
        """

    private static let nothing = """
        { "Version": "2012-10-17", "Statement": [
          { "Sid": "Nothing", "Effect": "Deny", "Action": "dynamodb:*", "Resource": "*" } ] }
        """

    private static let protect = """
        { "Version": "2012-10-17", "Statement": [
          { "Sid": "NoScans", "Effect": "Deny", "Action": "dynamodb:Scan", "Resource": "*" } ] }
        """
}
