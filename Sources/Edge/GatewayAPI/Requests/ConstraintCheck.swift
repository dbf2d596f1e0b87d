import Base

/// Collects what AWS calls validation errors: parameters whose values break the API's model. All are answered
/// at once.
struct ConstraintCheck {
    /// At most `failuresMax`, as the service stops looking then.
    private var failures: [String] = []
    private static let failuresMax = 10

    /// A parameter that must be there.
    mutating func require(_ isThere: Bool, _ name: String) {
        if !isThere {
            append("Value null at '\(name)' failed to satisfy constraint: Member must not be null")
        }
    }

    /// A parameter that must be one of these.
    mutating func oneOf(_ value: String?, _ name: String, _ allowed: String...) {
        guard let value, !allowed.contains(value) else { return }
        fail(value, name, "Member must satisfy enum value set: [\(allowed.joined(separator: ", "))]")
    }

    /// A number that must not be lower or higher.
    mutating func range(_ value: Int?, _ name: String, min: Int, max: Int? = nil) {
        guard let value else { return }
        if value < min { fail("\(value)", name, "Member must have value greater than or equal to \(min)") }
        if let max, value > max {
            fail("\(value)", name, "Member must have value less than or equal to \(max)")
        }
    }

    /// The name of a table or index, where there is one.
    mutating func name(_ value: String?, _ name: String) {
        guard let value else { return }
        if value.isEmpty || !value.utf8.allSatisfy(TableName.isNameByte) {
            fail(value, name, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
        }
        if value.utf8.count < 3 { fail(value, name, "Member must have length greater than or equal to 3") }
        if value.utf8.count > 255 { fail(value, name, "Member must have length less than or equal to 255") }
    }

    /// The name or the ARN of a table, where there is one.
    mutating func table(_ value: String?, _ name: String) {
        guard let value, value.hasPrefix("arn:") else { return self.name(value, name) }
        if value.utf8.count > Limits.tableARNBytesMax {
            fail(value, name, "Member must have length less than or equal to \(Limits.tableARNBytesMax)")
        }
    }

    /// Any other constraint.
    mutating func fail(_ value: String, _ name: String, _ constraint: String) {
        append("Value '\(value)' at '\(name)' failed to satisfy constraint: \(constraint)")
    }

    private mutating func append(_ failure: @autoclosure () -> String) {
        if failures.count < Self.failuresMax { failures.append(failure()) }
    }

    /// - Throws: ValidationException that lists all failures.
    func finish() throws(WireError) {
        guard !failures.isEmpty else { return }
        let count = failures.count
        throw .validation(
            "\(count) validation error\(count == 1 ? "" : "s") detected: "
                + failures.joined(separator: "; "))
    }
}

extension Limits {
    /// A table's ARN where its name may stand. Source: DynamoDB API reference, TableName.
    static let tableARNBytesMax = 1024
}
