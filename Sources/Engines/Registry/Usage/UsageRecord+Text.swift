import Base

/// Records of usage are read by the hundred thousand for reports, and written by the ten thousand each second: by hand they take a
/// fraction of the time that a coder needs.
extension UsageRecord {
    /// The record as text.
    var body: String {
        var json = JSONWriter(reserving: 384)
        json.beginObject()
        json.name("tenant")
        json.string(tenant.text)
        json.name("period")
        json.string(period.rawValue)
        json.name("start")
        json.int(Int(start.milliseconds))
        for count in UsageRecord.counts {
            json.name(count.name)
            json.int(self[keyPath: count.field])
        }
        if let recount {
            json.name("recount")
            recount.write(to: &json)
        }
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

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
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.name("at")
        json.int(Int(at.milliseconds))
        if let driftItems {
            json.name("driftItems")
            json.int(driftItems)
        }
        if let driftBytes {
            json.name("driftBytes")
            json.int(driftBytes)
        }
        json.endObject()
    }

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
