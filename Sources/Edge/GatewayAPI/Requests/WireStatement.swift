import Base
import Gateway
import Items
import PartiQL

/// A statement as a request brings it.
struct WireStatement {
    var text: String?
    var parameters: [AttributeValue] = []
    var hasParameters = false
    var isConsistent: Bool?
    var returnValuesOnConditionCheckFailure: String?
    /// The first parameter's value that breaks a rule.
    var deferred: ItemError?

    /// Reads a member that every kind of statement may have; false where it is none.
    mutating func readMember(_ reader: inout JSONReader) throws(WireError) -> Bool {
        if reader.isMember("Statement") {
            text = try reader.wireString()
        } else if reader.isMember("Parameters") {
            guard try reader.wireArray() else { return true }
            hasParameters = true
            while try reader.wireElement() {
                let value = try reader.wireValue(deferring: &deferred) { reader throws(ItemError) in
                    try AttributeValue.read(from: &reader)
                }
                parameters.append(value ?? .null)
            }
        } else if reader.isMember("ConsistentRead") {
            isConsistent = try reader.wireBool()
        } else if reader.isMember("ReturnValuesOnConditionCheckFailure") {
            returnValuesOnConditionCheckFailure = try reader.wireString()
        } else {
            return false
        }
        return true
    }

    /// Checks the statement's own constraints; `place` is where it stands in the request, as errors call it.
    func check(_ check: inout ConstraintCheck, at place: String = "") {
        check.require(text != nil, "\(place)statement")
        if let text {
            if text.isEmpty {
                check.fail("", "\(place)statement", "Member must have length greater than or equal to 1")
            }
            if text.utf16.count > Limits.statementUnitsMax {
                // The text itself is not repeated: it is the caller's data.
                check.fail(
                    "…", "\(place)statement",
                    "Member must have length less than or equal to \(Limits.statementUnitsMax)")
            }
        }
        if hasParameters, parameters.isEmpty {
            check.fail("[]", "\(place)parameters", "Member must have length greater than or equal to 1")
        }
        check.oneOf(
            returnValuesOnConditionCheckFailure, "\(place)returnValuesOnConditionCheckFailure", "ALL_OLD",
            "NONE")
    }

    /// Adds what it says: its text and its parameters.
    func append(to json: inout JSONWriter) {
        json.beginArray()
        json.string(text ?? "")
        for parameter in parameters { json.value { parameter.append(to: &$0) } }
        json.endArray()
    }

    /// What it means.
    func parsed() throws(WireError) -> PartiQLStatement {
        do throws(ItemError) {
            if let deferred { throw deferred }
            return try PartiQLStatement.parse(text ?? "", parameters: parameters)
        } catch { throw WireError(error) }
    }
}

/// The parameters of ExecuteStatement, BatchExecuteStatement and ExecuteTransaction.
struct WireStatements {
    /// ExecuteStatement's.
    var single = WireStatement()
    var nextToken: String?
    var limit: Int?
    var returnConsumedCapacity: String?
    /// `Statements` of BatchExecuteStatement, `TransactStatements` of ExecuteTransaction.
    var members: [WireStatement]?
    var token: String?

    /// Reads a request's body.
    /// - Throws: SerializationException, in AWS's words.
    init(parsing body: [UInt8]) throws(WireError) {
        var reader = JSONReader(body)
        guard try reader.wireObject() else { throw .serialization(nil) }
        while try reader.wireMember() {
            if reader.isMember("NextToken") {
                nextToken = try reader.wireString()
            } else if reader.isMember("Limit") {
                limit = try reader.wireInt()
            } else if reader.isMember("ReturnConsumedCapacity") {
                returnConsumedCapacity = try reader.wireString()
            } else if reader.isMember("Statements") || reader.isMember("TransactStatements") {
                members = try Self.readMembers(&reader)
            } else if reader.isMember("ClientRequestToken") {
                token = try reader.wireString()
            } else if try !single.readMember(&reader) {
                try reader.wireSkip()
            }
        }
        do throws(JSONError) { try reader.expectEnd() } catch { throw WireError(ItemError(error)) }
    }

    /// What the members say: the same for requests that ask for the same.
    var membersText: [UInt8] {
        var json = JSONWriter(reserving: 256)
        json.beginArray()
        for member in members ?? [] { member.append(to: &json) }
        json.endArray()
        return json.bytes
    }

    /// Checks the members' number and their own constraints; `name` is the parameter's, as errors call it.
    func checkMembers(_ check: inout ConstraintCheck, _ name: String, max: Int) {
        check.require(members != nil, name)
        let members = members ?? []
        if self.members != nil, members.isEmpty {
            check.fail("[]", name, "Member must have length greater than or equal to 1")
        }
        if members.count > max {
            check.fail(
                "[\(members.count) elements]", name, "Member must have length less than or equal to \(max)")
        }
        for (position, member) in members.prefix(max).enumerated() {
            member.check(&check, at: "\(name).\(position + 1).member.")
        }
        check.oneOf(returnConsumedCapacity, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
    }

    private static func readMembers(_ reader: inout JSONReader) throws(WireError) -> [WireStatement]? {
        guard try reader.wireArray() else { return nil }
        var members: [WireStatement] = []
        while try reader.wireElement() {
            var member = WireStatement()
            if try reader.wireObject() {
                while try reader.wireMember() {
                    if try !member.readMember(&reader) { try reader.wireSkip() }
                }
            }
            members.append(member)
        }
        return members
    }
}
