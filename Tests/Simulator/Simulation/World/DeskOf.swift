import Base
import Gateway
import Items
import Tables
import Tenancy

/// A district's requests as the gateway takes them.
struct DeskOf {
    typealias Done = @Sendable (Answer) -> Void

    let home: Home
    let number: Int
    let world: World

    // MARK: Items

    /// The table and key of a number: the first lies in the district's table, the others in the students'.
    func place(_ key: Int, of home: Home, _ server: Server) -> (table: GatewayTable, key: Item) {
        if key == 0 {
            return (
                known(server.gateway.tables["school-table"]),
                ["tenantId": .string(home.tenant.text), "entityKey": .string("NOTE#0")]
            )
        }
        return (
            known(server.gateway.tables["student-table"]),
            [
                "recordKey": .string("TENANT#\(school(of: key, home))#STUDENT#\(key)"),
                "entityKey": .string("PROFILE"),
            ]
        )
    }

    /// The table and key of a number of its own.
    func place(_ key: Int, _ server: Server) -> (table: GatewayTable, key: Item) {
        place(key, of: home, server)
    }

    private func school(of key: Int, _ home: Home) -> SchoolID {
        key == History.secondSchoolKey ? home.secondSchool ?? home.school : home.school
    }

    func item(_ key: Int, _ value: Int, _ server: Server) -> Item {
        var item = place(key, of: home, server).key
        item["value"] = .number(Number(value))
        item["count"] = .number(0)
        if key > 0 { item["teacherKey"] = .string("TENANT#\(school(of: key, home))#TEACHER#\(value % 2)") }
        return item
    }

    /// What an item says; nil where there is none.
    static func state(of image: ItemImage?) throws -> ItemState? {
        guard let item = try image?.item() else { return nil }
        guard case .number(let value)? = item["value"], case .number(let count)? = item["count"],
            let value = Int(value.text), let count = Int(count.text)
        else { throw Unexpected(text: "an item without value and count") }
        return ItemState(value: value, count: count)
    }

    // MARK: Calls

    func caller(_ key: Int = 0) throws -> GatewayCaller {
        let school = school(of: key, home)
        let now = world.clock.now()
        let session = try GatewaySession(
            tenant: home.tenant, school: school.text, role: SimulatedPolicies.role, name: "c\(number)",
            tags: [
                ("tenant_id", home.tenant.text), ("school_id", school.text),
                ("role", SimulatedPolicies.role),
            ], issuedAt: now, expiresAt: now.advanced(bySeconds: 3600))
        let caller = GatewayCaller(session: session, remoteAddress: "192.0.2.1", isSecure: true)
        caller.begin(session, region: Array("us-east-1".utf8)[...])
        return caller
    }

    func put(
        _ key: Int, _ value: Int, endsAt: Timestamp? = nil, _ server: Server, _ done: @escaping Done
    ) throws {
        var item = item(key, value, server)
        if let endsAt { item["endsAt"] = .number(Number(Int(endsAt.milliseconds / 1000))) }
        let call = WriteItemCall(table: place(key, of: home, server).table, action: .put(item))
        server.gateway.writeItem(call, by: try caller(key)) { done(.init(writing: $0)) }
    }

    func replace(
        _ key: Int, _ value: Int, expected: ItemState?, _ server: Server, _ done: @escaping Done
    ) throws {
        let (table, _) = place(key, of: home, server)
        var call = WriteItemCall(table: table, action: .put(item(key, value, server)))
        var attributes = ExpressionAttributes(names: ["#v": "value"])
        if let expected {
            attributes = ExpressionAttributes(
                names: ["#v": "value"], values: [":v": .number(Number(expected.value))])
        }
        call.condition = try ConditionExpression.parse(
            expected == nil ? "attribute_not_exists(#v)" : "#v = :v", kind: .condition, &attributes)
        server.gateway.writeItem(call, by: try caller(key)) { done(.init(writing: $0)) }
    }

    func count(_ key: Int, _ value: Int, _ server: Server, _ done: @escaping Done) throws {
        let (table, itemKey) = place(key, of: home, server)
        let call = WriteItemCall(table: table, action: .update(key: itemKey, try counting(key, value)))
        server.gateway.writeItem(call, by: try caller(key)) { done(.init(writing: $0)) }
    }

    private func counting(_ key: Int, _ value: Int) throws -> UpdateExpression {
        var names = ["#v": "value", "#c": "count"]
        var values: [String: AttributeValue] = [":v": .number(Number(value)), ":one": .number(1)]
        guard key > 0 else {
            var attributes = ExpressionAttributes(names: names, values: values)
            return try UpdateExpression.parse("SET #v = :v ADD #c :one", &attributes)
        }
        names["#t"] = "teacherKey"
        values[":t"] = .string("TENANT#\(school(of: key, home))#TEACHER#\(value % 2)")
        var attributes = ExpressionAttributes(names: names, values: values)
        return try UpdateExpression.parse("SET #v = :v, #t = :t ADD #c :one", &attributes)
    }

    func delete(_ key: Int, _ server: Server, _ done: @escaping Done) throws {
        let (table, itemKey) = place(key, of: home, server)
        server.gateway.writeItem(
            WriteItemCall(table: table, action: .delete(key: itemKey)), by: try caller(key)
        ) { done(.init(writing: $0)) }
    }

    func both(
        _ first: (key: Int, value: Int), _ second: (key: Int, value: Int), token: String, _ server: Server,
        _ done: @escaping Done
    ) throws {
        let (table, _) = place(first.key, of: home, server)
        let (other, key) = place(second.key, of: home, server)
        let call = TransactWriteCall(
            actions: [
                .init(table: table, kind: .put(item(first.key, first.value, server))),
                .init(table: other, kind: .update(key: key, try counting(second.key, second.value))),
            ], token: WriteToken(text: token, digest: Array(token.utf8)))
        server.gateway.transactWrite(call, by: try caller()) { done(.init(writing: $0)) }
    }

    func read(_ key: Int, _ server: Server, _ done: @escaping Done) throws {
        let (table, itemKey) = place(key, of: home, server)
        server.gateway.getItem(
            GetItemCall(table: table, key: itemKey, isConsistent: true), by: try caller(key)
        ) { result in done(.init(reading: result.map { [$0.image] })) }
    }

    func read(_ keys: [Int], _ server: Server, _ done: @escaping Done) throws {
        let gets = keys.map { key in
            let (table, itemKey) = place(key, of: home, server)
            return TransactGet(table: table, key: itemKey)
        }
        server.gateway.transactGet(gets, reportsCapacity: nil, by: try caller()) { result in
            done(.init(reading: result.map(\.images)))
        }
    }

    func query(_ teacher: Int, _ server: Server, _ done: @escaping Done) throws {
        var call = ReadRangeCall(table: known(server.gateway.tables["student-table"]))
        call.index = "teacher-index"
        var attributes = ExpressionAttributes(
            names: ["#t": "teacherKey"],
            values: [":t": .string("TENANT#\(home.school)#TEACHER#\(teacher)")])
        call.keyCondition = try KeyConditionExpression.parse("#t = :t", &attributes)
        server.gateway.readRange(call, by: try caller()) { result in
            done(.init(reading: result.map { $0.items.map { $0 } }))
        }
    }

}

extension Answer {
    init<Value>(writing result: Result<Value, GatewayError>) {
        switch result {
        case .success: self = .done
        case .failure(let error): self.init(error)
        }
    }

    init(reading result: Result<[ItemImage?], GatewayError>) {
        switch result {
        case .success(let images):
            do { self = .seen(try images.map { try DeskOf.state(of: $0) }) } catch {
                self = .wrong("\(error)")
            }
        case .failure(let error): self.init(error)
        }
    }

    init(_ error: GatewayError) {
        switch error {
        case .conditionFailed: self = .refused
        case .denied, .walled, .notServed: self = .notDone(isFinal: true)
        case .throttled, .overRate: self = .notDone(isFinal: false)
        case .waitedTooLong(let text): self = .waited(text)
        case .fault(let text): self = .fault(text)
        case .invalid, .tableNotFound, .resourceInUse, .limitExceeded, .transactionCancelled, .tokenMismatch,
            .breached:
            self = .wrong("\(error)")
        }
    }
}
