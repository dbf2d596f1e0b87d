import Base
import Gateway

/// A table that a request names: by its name, or by its ARN where AWS takes that too.
enum TableReference {
    /// The table's name.
    /// - Throws: ValidationException where it is an ARN of something else or of another region.
    static func name(_ text: String, region: String) throws(WireError) -> String {
        guard text.hasPrefix("arn:") else { return text }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "dynamodb", parts[5].hasPrefix("table/"),
            !parts[5].dropFirst(6).contains("/")
        else { throw .validation("1 validation error detected: Invalid resource type in '\(text)'") }
        guard parts[3] == region else {
            throw .validation("1 validation error detected: Invalid AWS region in '\(text)'")
        }
        guard parts[4] == GatewaySession.account else {
            throw WireError(GatewayError.tableNotFound("Requested resource not found"))
        }
        return String(parts[5].dropFirst(6))
    }

    /// The name of the table whose ARN a call about tags gives.
    /// - Throws: ValidationException, in AWS's words.
    static func name(ofResource arn: String?, region: String) throws(WireError) -> TableName {
        guard let arn else { throw .validation("Invalid TableArn") }
        let wrong = "One or more parameter values were invalid: "
        guard arn.hasPrefix("arn:") else { throw .validation("\(wrong)ARNs must start with 'arn:': \(arn)") }
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "dynamodb" else {
            throw .validation("\(wrong)Provided Arn is not a DynamoDB resource arn: \(arn)")
        }
        guard parts[5].hasPrefix("table/"), let name = TableName(String(parts[5].dropFirst(6))) else {
            throw .validation(
                "\(wrong)Invalid resource arn provided, only table or stream is accepted. Provided resource arn: \(arn)"
            )
        }
        guard parts[3] == region, parts[4] == GatewaySession.account else {
            throw .validation("Invalid TableArn: Invalid ResourceArn provided as input \(arn)")
        }
        return name
    }

    /// The table's ARN.
    static func arn(_ name: TableName, region: String) -> String {
        "arn:aws:dynamodb:\(region):\(GatewaySession.account):table/\(name)"
    }
}
