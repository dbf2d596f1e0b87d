import Gateway
import Items

/// Items and calls of the gateway's tests.
extension TestDeployment {
    /// `student-table`.
    public var students: GatewayTable { known(gateway.tables["student-table"]) }
    /// `school-table`.
    public var schools: GatewayTable { known(gateway.tables["school-table"]) }

    /// The key of a district's student.
    public func key(of district: District) -> Item {
        ["recordKey": .string(district.studentKey), "entityKey": .string("PROFILE")]
    }

    /// A district's student, with an index key where one is given.
    public func student(of district: District, teacherKey: String? = nil, note: String = "secret") -> Item {
        var item = key(of: district)
        item["note"] = .string(note)
        if let teacherKey { item["teacherKey"] = .string(teacherKey) }
        return item
    }

    /// An update that sets one attribute.
    public func setting(_ name: String, to value: AttributeValue) throws -> UpdateExpression {
        var attributes = ExpressionAttributes(names: ["#a": name], values: [":v": value])
        return try UpdateExpression.parse("SET #a = :v", &attributes)
    }

    /// A key condition on one attribute.
    public func equals(_ name: String, _ value: String) throws -> KeyConditionExpression {
        var attributes = ExpressionAttributes(names: ["#a": name], values: [":v": .string(value)])
        return try KeyConditionExpression.parse("#a = :v", &attributes)
    }

    /// A filter that lets items through which have an attribute.
    public func having(_ name: String) throws -> ConditionExpression {
        var attributes = ExpressionAttributes(names: ["#a": name])
        return try ConditionExpression.parse("attribute_exists(#a)", kind: .filter, &attributes)
    }
}
