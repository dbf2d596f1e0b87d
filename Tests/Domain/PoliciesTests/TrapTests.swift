import Testing

@testable import Policies

/// The traps of policies.md as decisions: what a careless policy opens, and what the careful neighbour
/// refuses.
@Suite struct TrapTests {
    static let keys = "dynamodb:LeadingKeys"
    static let forAll =
        "\"ForAllValues:StringLike\": {\"dynamodb:LeadingKeys\": \"T#${aws:PrincipalTag/s}#*\"}"

    @Test func scanUnderForAllValuesIsOpenWithoutNull() throws {
        let scan = try request(.scan, tags: ["s": "1"], isGiven: false)
        #expect(try allow(under: "{\(TrapTests.forAll)}").decide(scan).isAllowed)
        let closed = try allow(under: "{\(TrapTests.forAll), \"Null\": {\"\(TrapTests.keys)\": \"false\"}}")
        #expect(closed.decide(scan) == .implicitDeny(.role))
        #expect(closed.decide(try request(.getItem, tags: ["s": "1"], [(TrapTests.keys, "T#1#x")])).isAllowed)
    }

    @Test(arguments: PolicyAction.allCases.filter(\.isKeyed)) func keyedCallWithoutKeysIsRefused(
        action: PolicyAction
    ) throws {
        let open = try compile("\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"")
        #expect(open.decide(try request(action, isGiven: false)) == .failed(.leadingKeysUnknown))
        #expect(open.decide(try request(action, [(TrapTests.keys, "k")], isGiven: false)).isAllowed)
        var undetermined = try request(action, [(TrapTests.keys, "k")], isGiven: false)
        undetermined.areLeadingKeysUndetermined = true
        #expect(open.decide(undetermined) == .failed(.leadingKeysUnknown))
    }

    @Test func partiQLScanNeedsNoKeysButSaysSo() throws {
        let open = try compile("\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"")
        let full = ("dynamodb:FullTableScan", "true")
        #expect(open.decide(try request(.partiQLSelect, [full], isGiven: false)).isAllowed)
        let partial = ("dynamodb:FullTableScan", "false")
        #expect(
            open.decide(try request(.partiQLSelect, [partial], isGiven: false))
                == .failed(.leadingKeysUnknown))
        #expect(
            open.decide(try request(.partiQLDelete, [full], isGiven: false)) == .failed(.leadingKeysUnknown))
        let guarded = try deny(under: "{\"Bool\": {\"dynamodb:FullTableScan\": \"true\"}}")
        #expect(
            guarded.decide(try request(.partiQLSelect, [full], isGiven: false))
                == .explicitDeny(StatementID(index: 1)))
    }

    @Test func missingDelimiterGivesAwayLongerTags() throws {
        let other = try request(tags: ["s": "12"], [(TrapTests.keys, "T#123#x")])
        let own = try request(tags: ["s": "12"], [(TrapTests.keys, "T#12#x")])
        let careless = try allow(
            under: "{\"StringLike\": {\"\(TrapTests.keys)\": \"T#${aws:PrincipalTag/s}*\"}}")
        let careful = try allow(
            under: "{\"StringLike\": {\"\(TrapTests.keys)\": \"T#${aws:PrincipalTag/s}#*\"}}")
        #expect(careless.decide(other).isAllowed)
        #expect(careful.decide(other) == .implicitDeny(.role))
        #expect(careful.decide(own).isAllowed)
    }

    @Test(arguments: [
        "{\"StringLike\": {\"dynamodb:LeadingKeys\": \"T#${aws:PrincipalTag/s, 'all'}#*\"}}",
        "{\"StringEqualsIfExists\": {\"aws:PrincipalTag/s\": \"all\"}}",
        "{\"StringNotEquals\": {\"aws:PrincipalTag/s\": \"1\"}}",
    ]) func untaggedPrincipalGetsIn(condition: String) throws {
        let policies = try allow(under: condition)
        #expect(policies.decide(try request(.getItem, [(TrapTests.keys, "T#all#x")])).isAllowed)
        #expect(
            policies.decide(try request(tags: ["s": "1"], [(TrapTests.keys, "T#all#x")]))
                == .implicitDeny(.role))
    }

    @Test func indexComesUnderAWildcard() throws {
        let index = "arn:aws:dynamodb:us-east-1:000000000000:table/student-table/index/by-name"
        let wide = try compile(
            "\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"arn:aws:dynamodb:*:*:table/*\"")
        let narrow = try compile(
            "\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"arn:aws:dynamodb:*:*:table/student-table\""
        )
        #expect(wide.decide(try request(.query, on: index)).isAllowed)
        #expect(narrow.decide(try request(.query, on: index)) == .implicitDeny(.role))
    }

    @Test(arguments: [
        ("ForAllValues:StringLike", "x*", ["x1", "a"]), ("ForAnyValue:StringNotLike", "x*", []),
        ("ForAnyValue:StringLike", "x*", []),
    ]) func denyHasHoles(name: String, pattern: String, keys: [String]) throws {
        let policies = try deny(under: "{\"\(name)\": {\"\(TrapTests.keys)\": \"\(pattern)\"}}")
        #expect(policies.decide(try request(.scan, keys.map { (TrapTests.keys, $0) })).isAllowed)
        let whole = name.contains("Not") ? "a" : "x1"
        #expect(
            policies.decide(try request(.scan, [(TrapTests.keys, whole)]))
                == .explicitDeny(StatementID(index: 1)))
    }

    @Test(arguments: [PolicyAction.exportTableToPointInTime, .getRecords, .createBackup])
    func starBringsExportsStreamsAndBackups(action: PolicyAction) throws {
        let star = try compile("\"Effect\": \"Allow\", \"Action\": \"dynamodb:*\", \"Resource\": \"*\"")
        let named = try compile("\"Effect\": \"Allow\", \"Action\": \"dynamodb:*Item\", \"Resource\": \"*\"")
        let negated = try compile(
            "\"Effect\": \"Allow\", \"NotAction\": \"dynamodb:Scan\", \"Resource\": \"*\"")
        #expect(star.decide(try request(action)).isAllowed)
        #expect(negated.decide(try request(action)).isAllowed)
        #expect(named.decide(try request(action)) == .implicitDeny(.role))
    }

    /// Why `#` is not allowed in a tag: school `a#b` owns keys that belong to `a`.
    @Test func delimiterInATagReachesIntoAnother() throws {
        let policies = try allow(under: "{\(TrapTests.forAll)}")
        #expect(policies.decide(try request(tags: ["s": "a"], [(TrapTests.keys, "T#a#b#x")])).isAllowed)
        #expect(policies.decide(try request(tags: ["s": "a#b"], [(TrapTests.keys, "T#a#b#x")])).isAllowed)
        #expect(throws: PrincipalAttributes.TagFault.value(ofTag: "s")) {
            try PrincipalAttributes(tags: [("s", "a#b")])
        }
    }

    @Test func fieldsOfAnARNAreMissing() throws {
        let five = try compile(
            "\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"arn:aws:dynamodb:*:table/student-table\""
        )
        #expect(five.decide(try request()) == .implicitDeny(.role))
    }
}
