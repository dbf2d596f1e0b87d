import Base

/// Reports and forecasts read records of usage by the hundred thousand: by hand they take a fraction of the time that a decoder needs.
extension UsageRecord {
    /// Reads what encoding has written; nil where it is no record. A count that is missing is 0, and what a later version has added is
    /// passed over.
    init?(reading body: String) throws(JSONError) {
        var json = JSONReader(Array(body.utf8))
        var (tenant, period, start): (TenantID?, Period?, Timestamp?)
        var counts = [Int](repeating: 0, count: UsageRecord.counts.count)
        var recount: Recount?
        try json.beginObject()
        while try json.nextMember() {
            if json.isMember("tenant") {
                tenant = TenantID(try json.readString())
            } else if json.isMember("period") {
                period = Period(rawValue: try json.readString())
            } else if json.isMember("start") {
                start = Timestamp(milliseconds: Int64(try json.readInt()))
            } else if json.isMember("recount") {
                recount = try Recount(reading: &json)
            } else if let index = UsageRecord.counts.firstIndex(where: { json.isMember($0.name) }) {
                counts[index] = try json.readInt()
            } else {
                try json.skipValue()
            }
        }
        try json.expectEnd()
        guard let tenant, let period, let start else { return nil }
        self.init(tenant: tenant, period: period, holding: start)
        for (index, count) in counts.enumerated() { self[keyPath: UsageRecord.counts[index].field] = count }
        self.recount = recount
    }

    private struct Count: Sendable {
        let name: StaticString
        let field: any WritableKeyPath<UsageRecord, Int> & Sendable
    }

    private static let counts = [
        Count(name: "readHalfUnits", field: \.readHalfUnits),
        Count(name: "writeHalfUnits", field: \.writeHalfUnits),
        Count(name: "requests", field: \.requests), Count(name: "throttled", field: \.throttled),
        Count(name: "busiestReadHalfUnits", field: \.busiestReadHalfUnits),
        Count(name: "busiestWriteHalfUnits", field: \.busiestWriteHalfUnits),
        Count(name: "schools", field: \.schools), Count(name: "items", field: \.items),
        Count(name: "bytes", field: \.bytes),
    ]
}

extension UsageRecord.Recount {
    /// Reads one, or nil where `null` stands.
    fileprivate init?(reading json: inout JSONReader) throws(JSONError) {
        if json.readNull() { return nil }
        var at: Timestamp?
        var (driftItems, driftBytes): (Int?, Int?)
        try json.beginObject()
        while try json.nextMember() {
            if json.isMember("at") {
                at = Timestamp(milliseconds: Int64(try json.readInt()))
            } else if json.isMember("driftItems") {
                driftItems = json.readNull() ? nil : try json.readInt()
            } else if json.isMember("driftBytes") {
                driftBytes = json.readNull() ? nil : try json.readInt()
            } else {
                try json.skipValue()
            }
        }
        guard let at else { return nil }
        self.init(at: at, driftItems: driftItems, driftBytes: driftBytes)
    }
}
