/// A document of the size that the prover is measured with: 30 Allows, 20 Denies and 130 patterns of keys.
enum LargeDocument {
    static let allows = 30
    static let denies = 20

    /// The document's text. Isolated: each Allow has three patterns of its own school's keys and each Deny two. Where
    /// not, one Allow lacks the delimiter.
    static func text(isIsolated: Bool = true) -> String {
        var statements: [String] = []
        for number in 0..<allows {
            let tag =
                !isIsolated && number == allows - 1
                ? "${aws:PrincipalTag/school_id}" : "${aws:PrincipalTag/school_id}#"
            let patterns = ["STUDENT#\(number)*", "COURSE#*#\(number)", "*#YEAR#20\(number)?"]
            statements.append(
                statement(
                    "Allow", ["GetItem", "Query", "BatchGetItem", "PutItem", "UpdateItem"],
                    patterns.map { "TENANT#\(tag)\($0)" },
                    "ForAllValues:StringLike"))
        }
        statements.append(openAllow)
        for number in 0..<denies {
            let patterns = [
                "TENANT#*#SECRET#\(number)#*", "TENANT#${aws:PrincipalTag/school_id}#LOCKED#\(number)",
            ]
            statements.append(
                statement("Deny", ["*Item", "Query"], patterns, "ForAnyValue:StringLike"))
        }
        statements.append(closingDeny)
        return #"{"Version": "2012-10-17", "Statement": [\#(statements.joined(separator: ",\n"))]}"#
    }

    private static func statement(
        _ effect: String, _ actions: [String], _ patterns: [String], _ comparison: String
    ) -> String {
        let names = actions.map { "\"dynamodb:\($0)\"" }.joined(separator: ", ")
        let values = patterns.map { "\"\($0)\"" }.joined(separator: ", ")
        let null = effect == "Allow" ? #", "Null": {"dynamodb:LeadingKeys": "false"}"# : ""
        return #"""
            {"Effect": "\#(effect)", "Action": [\#(names)], "Resource": "arn:aws:dynamodb:*:*:table/student-table",
             "Condition": {"\#(comparison)": {"dynamodb:LeadingKeys": [\#(values)]}\#(null)}}
            """#
    }

    /// An Allow that is proved only with the last Deny.
    private static let openAllow = #"""
        {"Effect": "Allow", "Action": ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem"],
         "Resource": "arn:aws:dynamodb:*:*:table/student-table",
         "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "TENANT#*"}}}
        """#

    private static let closingDeny = #"""
        {"Effect": "Deny", "Action": ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem"], "Resource": "arn:aws:dynamodb:*:*:table/student-table",
         "Condition": {"ForAnyValue:StringNotLike": {"dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school_id}#*"}}}
        """#
}
