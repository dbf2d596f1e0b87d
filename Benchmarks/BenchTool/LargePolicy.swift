/// A document of the size that the prover is measured with: 30 Allows, 20 Denies, 130 patterns of keys. It is isolated.
enum LargePolicy {
    static let allows = 30
    static let denies = 20
    static let patterns = 130

    private static let own = "TENANT#${aws:PrincipalTag/school_id}#"

    /// The document. Each Allow has three patterns of its own school's keys and each Deny two; the last Allow is of every
    /// school's keys, and only the last Deny keeps it from them.
    static let text: String = {
        var statements: [String] = []
        for number in 0..<allows {
            let isOpen = number == allows - 1
            let head = isOpen ? "TENANT#" : own
            statements.append(
                statement(
                    "Allow",
                    isOpen
                        ? ["DeleteItem", "BatchWriteItem"] : ["GetItem", "Query", "BatchGetItem", "PutItem"],
                    "ForAllValues:StringLike",
                    ["STUDENT#\(number)*", "COURSE#*#\(number)", "*#YEAR#20\(number)?"].map { head + $0 }))
        }
        for number in 0..<denies - 1 {
            statements.append(
                statement(
                    "Deny", ["*Item", "Query"], "ForAnyValue:StringLike",
                    ["TENANT#*#SECRET#\(number)#*", own + "LOCKED#\(number)"]))
        }
        statements.append(
            statement(
                "Deny", ["DeleteItem", "BatchWriteItem"], "ForAnyValue:StringNotLike",
                [own + "*", own + "COURSE#*"]))
        return #"{"Version": "2012-10-17", "Statement": [\#(statements.joined(separator: ",\n"))]}"#
    }()

    private static func statement(
        _ effect: String, _ actions: [String], _ comparison: String, _ patterns: [String]
    ) -> String {
        let names = actions.map { "\"dynamodb:\($0)\"" }.joined(separator: ", ")
        let values = patterns.map { "\"\($0)\"" }.joined(separator: ", ")
        let null = effect == "Allow" ? #", "Null": {"dynamodb:LeadingKeys": "false"}"# : ""
        return #"""
            {"Effect": "\#(effect)", "Action": [\#(names)], "Resource": "arn:aws:dynamodb:*:*:table/student-table",
             "Condition": {"\#(comparison)": {"dynamodb:LeadingKeys": [\#(values)]}\#(null)}}
            """#
    }
}
