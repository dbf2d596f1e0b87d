import Base
import Gateway
import Items

/// The parameters of TransactWriteItems and TransactGetItems as the request gives them.
struct WireTransaction {
    /// What an element of `TransactItems` can hold.
    enum Kind: String, CaseIterable {
        case conditionCheck = "ConditionCheck"
        case put = "Put"
        case update = "Update"
        case delete = "Delete"
        case get = "Get"

        /// As constraints name it.
        var member: String { rawValue.prefix(1).lowercased() + rawValue.dropFirst() }
    }

    /// An element: what it holds, of which there should be one.
    typealias Element = [(kind: Kind, request: WireRequest)]

    var elements: [Element]?
    /// The text of the elements: what a token stands for.
    var text: ArraySlice<UInt8> = []
    var token: String?
    var returnConsumedCapacity: String?
    var returnItemCollectionMetrics: String?

    /// Reads a request's body.
    /// - Throws: SerializationException, in AWS's words.
    init(parsing body: [UInt8]) throws(WireError) {
        var reader = JSONReader(body)
        guard try reader.wireObject() else { throw .serialization(nil) }
        while try reader.wireMember() {
            if reader.isMember("TransactItems") {
                let start = reader.mark()
                guard try reader.wireArray() else { continue }
                var found: [Element] = []
                while try reader.wireElement() { found.append(try Self.readElement(&reader)) }
                elements = found
                text = reader.text(since: start)
            } else if reader.isMember("ClientRequestToken") {
                token = try reader.wireString()
            } else if reader.isMember("ReturnConsumedCapacity") {
                returnConsumedCapacity = try reader.wireString()
            } else if reader.isMember("ReturnItemCollectionMetrics") {
                returnItemCollectionMetrics = try reader.wireString()
            } else {
                try reader.wireSkip()
            }
        }
        do throws(JSONError) { try reader.expectEnd() } catch { throw WireError(ItemError(error)) }
    }

    private static func readElement(_ reader: inout JSONReader) throws(WireError) -> Element {
        var element: Element = []
        guard try reader.wireObject() else { return element }
        while let name = try reader.wireMemberName() {
            guard let kind = Kind(rawValue: name) else {
                try reader.wireSkip()
                continue
            }
            guard try reader.wireObject() else { continue }
            element.append((kind, try WireRequest(membersFrom: &reader)))
        }
        return element
    }

    /// Checks what AWS's model of the API asks of the parameters.
    /// - Throws: ValidationException that lists all failures.
    func check(_ needed: (Kind) -> Bool) throws(WireError) {
        var check = ConstraintCheck()
        if let token, !(1...Limits.transactionTokenCharactersMax).contains(token.count) {
            let bound =
                token.isEmpty
                ? "greater than or equal to 1"
                : "less than or equal to \(Limits.transactionTokenCharactersMax)"
            check.fail(token, "clientRequestToken", "Member must have length \(bound)")
        }
        check.require(elements != nil, "transactItems")
        if let elements, elements.isEmpty {
            check.fail("[]", "transactItems", "Member must have length greater than or equal to 1")
        }
        if let elements, elements.count > Limits.transactionActionsMax {
            check.fail(
                "[\(elements.count) elements]", "transactItems",
                "Member must have length less than or equal to \(Limits.transactionActionsMax)")
        }
        check.oneOf(returnConsumedCapacity, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE")
        check.oneOf(returnItemCollectionMetrics, "returnItemCollectionMetrics", "SIZE", "NONE")
        for (number, element) in (elements ?? []).prefix(Limits.transactionActionsMax).enumerated() {
            for (kind, request) in element where needed(kind) {
                Self.check(request, kind, "transactItems.\(number + 1).member.\(kind.member)", &check)
            }
        }
        try check.finish()
    }

    private static func check(
        _ request: WireRequest, _ kind: Kind, _ place: String, _ check: inout ConstraintCheck
    ) {
        check.require(request.tableName != nil, "\(place).tableName")
        check.name(request.tableName, "\(place).tableName")
        switch kind {
        case .put: check.require(request.hasItem, "\(place).item")
        case .conditionCheck, .update, .delete, .get: check.require(request.hasKey, "\(place).key")
        }
        if kind == .update {
            check.require(request.updateExpression != nil, "\(place).updateExpression")
        }
        if kind == .conditionCheck {
            check.require(request.conditionExpression != nil, "\(place).conditionExpression")
        }
        check.oneOf(
            request.returnValuesOnConditionCheckFailure, "\(place).returnValuesOnConditionCheckFailure",
            "ALL_OLD", "NONE")
    }
}
