import Base
import Policies
import Tenancy
import Testing

@testable import Reviews

@Suite struct SimulationQueryTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)

    private func answer(
        _ query: SimulationQuery, rehearsed: [DecisionRequest] = []
    ) throws(SimulationFault) -> Simulation {
        let catalog: Catalog
        do { catalog = try AuditSamples.catalog() } catch { throw .part("catalog", "\(error)") }
        return try query.answer(files: PolicyFiles(files: ReviewSamples.files), catalog: catalog, at: now) {
            _, _, _ throws(SimulationFault) in rehearsed
        }
    }

    private func query(_ change: (inout SimulationQuery) -> Void = { _ in }) -> SimulationQuery {
        var query = SimulationQuery()
        query.role = "reader"
        query.action = "GetItem"
        query.table = "t"
        query.keys = ["s1"]
        query.setTags(tenant: nil, school: "s1", student: nil, others: [])
        change(&query)
        return query
    }

    @Test func asksAsTheGatewayDoes() throws {
        let request = try #require(
            try answer(query { $0.table = "student-table" }).answers.first
        ).request
        func texts(_ key: ConditionKey) -> [String] {
            ConditionKeyName(key).map { request.context.texts(of: $0) } ?? []
        }
        #expect(request.action == .getItem)
        #expect(request.resource.text == "arn:aws:dynamodb:us-east-1:000000000000:table/student-table")
        #expect(texts(.leadingKeys) == ["s1"])
        #expect(texts(.attributes) == ["recordKey", "entityKey"])
        #expect(texts(.select) == ["ALL_ATTRIBUTES"])
        #expect(request.currentTime == now)
    }

    @Test func whatIsGivenStandsInThePlaceOfWhatIsFilledIn() throws {
        let simulation = try answer(
            query {
                $0.action = "Query"
                $0.context = [("dynamodb:Select", "COUNT")]
            })
        #expect(simulation.decision == "Deny(explicit)")
        #expect(
            simulation.answers[0].request.context.texts(of: try #require(ConditionKeyName(.select))) == [
                "COUNT"
            ])
    }

    @Test func tagsOfTheCallerReplaceThoseOfTheSession() {
        var query = SimulationQuery()
        query.role = "reader"
        query.setTags(tenant: "t1", school: "s1", student: "7", others: [("School_Id", "s2"), ("x", "y")])
        #expect(
            query.tags.map { "\($0.name)=\($0.value)" } == [
                "role=reader", "tenant_id=t1", "student_id=7", "School_Id=s2", "x=y",
            ])
    }

    @Test func aRequestIsAllowedWhereAllOfItsQuestionsAre() throws {
        let own = try answer(query()).answers[0].request
        let other = try answer(query { $0.keys = ["s2"] }).answers[0].request
        var query = query()
        query.question = .recorded(RecordedRequest(operation: "BatchGetItem", body: []))
        #expect(try answer(query, rehearsed: [own, own]).decision == "Allow")
        let mixed = try answer(query, rehearsed: [own, other])
        #expect(mixed.decision == "Deny(implicit)")
        #expect(mixed.answers.map(\.explanation.decision.isAllowed) == [true, false])
        #expect(mixed.reviewFindings.count == 1)
        #expect(try !answer(query, rehearsed: []).isAllowed)
    }

    @Test func aBareQuestionTakesItsContextAsItStands() throws {
        var query = SimulationQuery()
        query.document = "policies/read.json"
        func decision(_ context: String) throws -> String {
            query.question = .bare(
                Array(
                    #"{"action": "dynamodb:Query", "resource": "arn:aws:dynamodb:r:1:table/t", "context": \#(context)}"#
                        .utf8), file: "q.json")
            return try answer(query).decision
        }
        #expect(
            try decision(#"{"aws:PrincipalTag/school_id": "s1", "dynamodb:LeadingKeys": ["s1"]}"#) == "Allow")
        #expect(
            try decision(#"{"aws:PrincipalTag/school_id": "s1", "dynamodb:LeadingKeys": ["s2"]}"#)
                == "Deny(implicit)")
        // Nothing at all satisfies ForAllValues: a gateway would not ask so, a reviewer may.
        #expect(try decision("{}") == "Allow")
        #expect(try decision(#"{"dynamodb:Select": "COUNT"}"#) == "Deny(explicit)")
    }

    /// A query that cannot be asked.
    struct Faulty: Sendable {
        let part: String
        let message: String
        let change: @Sendable (inout SimulationQuery) -> Void

        init(_ part: String, _ message: String, _ change: @escaping @Sendable (inout SimulationQuery) -> Void)
        {
            self.part = part
            self.message = message
            self.change = change
        }
    }

    private static let faults = [
        Faulty("role", "name whom to ask: a role, or one document (`policy`)") { $0.role = nil },
        Faulty("role", "there is no role `raeder`; did you mean `reader`?") { $0.role = "raeder" },
        Faulty("policy", "a role and a document exclude each other; choose one") {
            $0.document = "policies/read.json"
        },
        Faulty("policy", "there is no file `none`") {
            $0.role = nil
            $0.document = "none"
        },
        Faulty("action", "name what is done, such as `GetItem`") { $0.action = nil },
        Faulty("action", "`GetItme` is no known action; did you mean `dynamodb:GetItem`?") {
            $0.action = "GetItme"
        },
        Faulty("resource", "a resource and a table exclude each other; choose one") { $0.resource = "*" },
        Faulty("resource", "`t` is no ARN; write six segments, or `*`") {
            $0.table = nil
            $0.resource = "t"
        },
        Faulty("index", "an index goes with its table; add that") {
            $0.table = nil
            $0.index = "i"
        },
        Faulty(
            "key",
            "dynamodb:Scan does not say which partition keys it reaches, so policies see none; leave it out"
        ) { $0.action = "Scan" },
        Faulty("context", "`dynamodb:Slect` is no known condition key; did you mean `dynamodb:Select`?") {
            $0.context = [("dynamodb:Slect", "x")]
        },
        Faulty(
            "tag",
            "`school_id` has a value that no session can have; write letters, digits, spaces and _.:/=+-@"
        ) { $0.tags = [("school_id", "a#b")] },
        Faulty("tag", "`A` stands there twice; give it once") { $0.tags = [("a", "1"), ("A", "2")] },
    ]

    @Test(arguments: faults)
    func refusesWhatItCannotAsk(faulty: Faulty) {
        #expect(throws: SimulationFault.part(faulty.part, faulty.message)) {
            try answer(query(faulty.change))
        }
    }
}
