import Base
import Gateway
import Tables

extension JSONWriter {
    /// A ConsumedCapacity structure; of the indexes, those of which something was used. `more` adds members behind the total.
    mutating func capacity(
        _ used: CapacityUsed, of table: GatewayTable, reports: String,
        _ more: (inout JSONWriter) -> Void = { _ in }
    ) {
        beginObject()
        name("TableName")
        string(table.name.text)
        name("CapacityUnits")
        double(Double(used.halfUnits) / 2)
        more(&self)
        if reports == "INDEXES" {
            name("Table")
            units(used.tableHalfUnits)
            shares(used, of: .local, "LocalSecondaryIndexes")
            shares(used, of: .global, "GlobalSecondaryIndexes")
        }
        endObject()
    }

    private mutating func shares(_ used: CapacityUsed, of kind: IndexSchema.Kind, _ member: String) {
        let shares = used.indexes.filter { $0.kind == kind }.sorted { $0.name < $1.name }
        guard !shares.isEmpty else { return }
        name(text: member)
        beginObject()
        for share in shares {
            name(text: share.name)
            units(share.halfUnits)
        }
        endObject()
    }

    private mutating func units(_ halfUnits: Int) {
        beginObject()
        name("CapacityUnits")
        double(Double(halfUnits) / 2)
        endObject()
    }
}
