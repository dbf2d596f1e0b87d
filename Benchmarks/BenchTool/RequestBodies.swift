/// What the signed requests ask for.
struct RequestBodies {
    /// One kind of request. The two that load write all items, 25 at a time.
    enum Kind: String, CaseIterable {
        case get, put, query, update, transact, batch
        case load
        case loadClasses = "load-classes"

        var operation: String {
            switch self {
            case .get: "GetItem"
            case .put: "PutItem"
            case .query: "Query"
            case .update: "UpdateItem"
            case .transact: "TransactWriteItems"
            case .batch, .load, .loadClasses: "BatchWriteItem"
            }
        }

        /// How many of the numbers go into one request.
        var step: Int {
            switch self {
            case .load, .loadClasses: RequestBodies.batchItems
            case .get, .put, .query, .update, .transact, .batch: 1
            }
        }
    }

    /// Items in one BatchWriteItem. Source: DynamoDB API reference, BatchWriteItem.
    static let batchItems = 25
    /// Items in one TransactWriteItems, by the benchmark's own choice.
    static let transactionItems = 4

    private static let table = "student-table"
    let items: BenchItems

    /// The body of a request about the items with these numbers; `version` makes it differ from others about the same.
    func body(_ kind: Kind, _ numbers: ArraySlice<Int>, version: Int) -> String {
        let table = RequestBodies.table
        let first = numbers.first ?? 0
        switch kind {
        case .get: return #"{"TableName":"\#(table)","Key":\#(items.key(first))}"#
        case .put: return #"{"TableName":"\#(table)","Item":\#(items.item(first, version: version))}"#
        case .query:
            let partition = items.classPartition(first % items.classes)
            return #"{"TableName":"\#(table)","KeyConditionExpression":"recordKey = :class","#
                + #""ExpressionAttributeValues":{":class":{"S":"\#(partition)"}}}"#
        case .update:
            return #"{"TableName":"\#(table)","Key":\#(items.key(first)),"#
                + #""UpdateExpression":"SET visits = if_not_exists(visits, :none) + :one","#
                + #""ConditionExpression":"attribute_exists(recordKey)","#
                + #""ExpressionAttributeValues":{":none":{"N":"0"},":one":{"N":"1"}}}"#
        case .transact:
            let puts = following(first, RequestBodies.transactionItems).map {
                #"{"Put":{"TableName":"\#(table)","Item":\#(items.item($0, version: version))}}"#
            }
            return #"{"TransactItems":[\#(puts.joined(separator: ","))]}"#
        case .batch:
            return batch(
                following(first, RequestBodies.batchItems).map { items.item($0, version: version) })
        case .load: return batch(numbers.map { items.item($0) })
        case .loadClasses: return batch(numbers.map { items.member($0) })
        }
    }

    private func batch(_ items: [String]) -> String {
        #"{"RequestItems":{"\#(RequestBodies.table)":["#
            + items.map { #"{"PutRequest":{"Item":\#($0)}}"# }.joined(separator: ",") + "]}}"
    }

    /// Different numbers that begin with one.
    private func following(_ first: Int, _ count: Int) -> [Int] {
        (0..<count).map { (first + $0) % items.count }
    }
}
