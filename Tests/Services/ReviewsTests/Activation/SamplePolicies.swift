import Reviews

/// Small sets of policies whose verdicts are plain.
enum SamplePolicies {
    /// One role, which is proved: it reads records of its own school.
    static let proved = files(condition: ownKeys)

    /// The same with another description: other files, the same verdict.
    static func proved(_ description: String) -> PolicyFiles {
        files(condition: ownKeys, description: description)
    }

    /// The role reads everybody's records.
    static let open = files(condition: "")

    /// The role's policy is no JSON.
    static let broken = replacing("policies/read.json", "{\"Version\": \"2012-10-17\", ")

    /// A case expects what is not so.
    static let failing = replacing("cases/reader.json", cases(expect: "Deny(implicit)"))

    /// There is nothing.
    static let empty = PolicyFiles(files: [:])

    /// What tells an own record's key from another's.
    private static let ownKeys = """
        , "Condition": {
          "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school_id}#*"},
          "Null": {"dynamodb:LeadingKeys": "false"}}
        """

    private static func replacing(_ path: String, _ text: String) -> PolicyFiles {
        var files = proved.files
        files[path] = Array(text.utf8)
        return PolicyFiles(files: files)
    }

    private static func files(condition: String, description: String = "Reads records.") -> PolicyFiles {
        PolicyFiles(
            files: [
                "roles/reader.json": """
                {"name": "reader", "description": "\(description)", "policies": ["read.json"],
                 "trust": {"conditions": {
                   "StringEquals": {"homeroom:role": "reader"}, "Null": {"homeroom:school_id": "false"}}}}
                """,
                "policies/read.json": """
                {"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow",
                  "Action": ["dynamodb:GetItem"], "Resource": "arn:aws:dynamodb:*:*:table/student-table"
                  \(condition)}]}
                """,
                "cases/reader.json": cases(expect: "Allow"),
            ].mapValues { Array($0.utf8) })
    }

    private static func cases(expect: String) -> String {
        """
        {"role": "reader", "tags": {"school_id": "s1", "tenant_id": "t1"}, "cases": [
          {"name": "reads its own", "action": "dynamodb:GetItem", "table": "student-table",
           "context": {"dynamodb:LeadingKeys": ["TENANT#s1#STUDENT#1"]}, "expect": "\(expect)"}]}
        """
    }
}
