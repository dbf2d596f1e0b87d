// Resources that are no ARN of DynamoDB, or name what is not there.
extension LintRule {
    static func describing(_ resource: String) -> LintExample {
        .statement(
            "\"Effect\": \"Allow\",\n\"Action\": \"dynamodb:DescribeTable\",\n\"Resource\": \(resource)")
    }
    private static let good = describing("\"arn:aws:dynamodb:*:*:table/student-table\"")

    static let arns: [LintRule] = [
        LintRule(
            "arn-incomplete", .error, "ARN with too few segments",
            why: "An ARN has six segments; one with fewer matches nothing, so nothing is allowed or denied.",
            sources: ["AA:MISSING_ARN_FIELD", "P:INVALID_ARN"],
            faulty: describing("▸\"arn:aws:dynamodb:*:table/student-table\""), repaired: good, fix: .repairs),
        LintRule(
            "arn-prefix", .error, "Resource that is no ARN",
            why: "A resource is `*` or begins with `arn:`; another text matches nothing.",
            sources: ["AA:INVALID_ARN_PREFIX", "P:INVALID_ARN"],
            faulty: describing("▸\"student-table\""), repaired: good),
        LintRule(
            "arn-partition", .error, "Unknown partition",
            why: "ARNs here are of the partition `aws`; another matches nothing.",
            sources: ["AA:INVALID_PARTITION"],
            faulty: describing("▸\"arn:amazon:dynamodb:*:*:table/student-table\""), repaired: good),
        LintRule(
            "arn-service", .error, "ARN of another service",
            why: "No request at the gateway is about a resource of another service.",
            sources: ["AA:INVALID_ARN_SERVICE_CASE", "P:RESOURCE_MISMATCH"],
            faulty: describing("▸\"arn:aws:DynamoDB:*:*:table/student-table\""), repaired: good, fix: .repairs
        ),
        LintRule(
            "arn-region", .error, "Region of an ARN",
            why: "A region that is none, or an empty one, matches no table.",
            sources: ["AA:INVALID_ARN_REGION", "AA:MISSING_ARN_REGION", "AA:ARN_REGION_NOT_ALLOWED"],
            faulty: describing("▸\"arn:aws:dynamodb:region:*:table/student-table\""), repaired: good),
        LintRule(
            "arn-account", .error, "Account of an ARN",
            why: "An account is twelve digits; another text matches nothing.",
            sources: ["AA:INVALID_ARN_ACCOUNT", "AA:MISSING_ARN_ACCOUNT"],
            faulty: describing("▸\"arn:aws:dynamodb:*:account-id:table/student-table\""), repaired: good),
        LintRule(
            "arn-resource", .error, "Last segment of an ARN",
            why: "A last segment of no known form matches no table, index, stream or backup.",
            sources: ["AA:INVALID_ARN_RESOURCE", "P:INVALID_ARN", "P:RESOURCE_MISMATCH"],
            faulty: describing("▸\"arn:aws:dynamodb:*:*:tables/student-table\""), repaired: good),
        LintRule(
            "unknown-table", .error, "Table that the catalog does not have",
            why: "Policies name tables as the application does; another name matches no request.",
            faulty: describing("▸\"arn:aws:dynamodb:*:*:table/students-table\""), repaired: good),
        LintRule(
            "physical-table", .warning, "Name of a physical table",
            why: "The gateway decides by the logical name; where a table's data lie is no policy's business.",
            faulty: describing("▸\"arn:aws:dynamodb:*:*:table/student-table-basic\""), repaired: good),
        LintRule(
            "unknown-index", .error, "Index that the catalog does not have",
            why: "An index that is not there matches no request.",
            faulty: .statement(
                readElements(
                    resource: "▸\"arn:aws:dynamodb:*:*:table/student-table/index/teachers-index\"",
                    action: "dynamodb:Query")),
            repaired: .statement(
                readElements(
                    resource: "\"arn:aws:dynamodb:*:*:table/student-table/index/teacher-index\"",
                    action: "dynamodb:Query"))),
        LintRule(
            "action-without-resource", .error, "Action that none of the resources takes",
            why: "An action on resources of another kind is never asked for: nothing is allowed or denied.",
            sources: ["P:RESOURCE_MISMATCH"],
            faulty: .statement(
                """
                "Effect": "Allow",
                "Action": [▸"dynamodb:ListTables", "dynamodb:DescribeTable"],
                "Resource": "arn:aws:dynamodb:*:*:table/student-table"
                """), repaired: good),
        LintRule(
            "resource-without-action", .warning, "Resource that none of the actions takes",
            why: "A resource of another kind than the actions take is never asked for.",
            sources: ["P:RESOURCE_MISMATCH"],
            faulty: describing(
                "[\"arn:aws:dynamodb:*:*:table/student-table\", ▸\"arn:aws:dynamodb:*:*:table/student-table/stream/*\"]"
            ), repaired: good),
    ]

    static let ownRecords = """
        "Condition": {
          "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school_id}#*"},
          "Null": {"dynamodb:LeadingKeys": "false"}
        }
        """

    /// An Allow of one school's records.
    static func readElements(
        resource: String = "\"arn:aws:dynamodb:*:*:table/student-table\"",
        action: String = "dynamodb:GetItem", condition: String = ownRecords
    ) -> String {
        "\"Effect\": \"Allow\",\n\"Action\": \"\(action)\",\n\"Resource\": \(resource),\n\(condition)"
    }
}
