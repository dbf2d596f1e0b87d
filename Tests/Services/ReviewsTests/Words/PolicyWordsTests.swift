import Base
import Policies
import TestKit
import Testing

@testable import Reviews

/// A statement of a document of its own.
func statement(_ elements: String, version: String = "2012-10-17") throws -> PolicyStatement {
    let text = #"{"Version": "\#(version)", "Statement": [{\#(elements)}]}"#
    return try PolicyDocument(parsing: Array(text.utf8), file: "policies/p.json").statements[0]
}

@Suite struct PolicyWordsTests {
    private static let school = "TENANT#${aws:PrincipalTag/school_id}#*"

    @Test func tellsAStatementAsOneSentence() throws {
        let words = PolicyWords(
            try statement(
                #"""
                "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"],
                "Resource": "arn:aws:dynamodb:*:*:table/student-table", "Condition": {
                  "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "\#(PolicyWordsTests.school)"},
                  "Null": {"dynamodb:LeadingKeys": "false"}}
                """#))
        #expect(
            words.sentence.text
                == "Reads single records, reads several records at once and reads by query, on table `student-table`, "
                + "only where every record key that the request names begins with `TENANT#` + the session's school id + `#` "
                + "(and the request names at least one record key)")
    }

    @Test func tellsADenyWithNever() throws {
        let words = PolicyWords(
            try statement(
                #"""
                "Effect": "Deny", "Action": "dynamodb:PartiQLSelect", "Resource": "*",
                "Condition": {"Bool": {"dynamodb:FullTableScan": "true"}}
                """#))
        #expect(
            words.sentence.text
                == "Never reads by PartiQL statement, on everything there is, where the statement's mark for reading a "
                + "whole table (`dynamodb:FullTableScan`) is `true`")
    }

    @Test(arguments: [
        (#""Action": "dynamodb:Scan""#, "scans: reads a whole table or index"),
        (#""Action": ["dynamodb:DeleteItem", "dynamodb:PartiQLDelete"]"#, "deletes records in every way"),
        (
            #""Action": "dynamodb:Delete*""#,
            "deletes records, deletes tables, deletes a table's own policy, deletes backups, takes the witness from a table "
                + "of several regions and deletes copies of a table in other regions"
        ),
        (#""Action": "*""#, "does everything there is to do"),
        (
            #""Action": "dynamodb:*""#,
            "does everything with data, tables, copies, streams and settings (all of DynamoDB)"
        ),
        (
            #""NotAction": "dynamodb:Scan""#,
            "does everything except this: scans: reads a whole table or index"
        ),
        (
            #""NotAction": ["sts:*", "dynamodb:Scan"]"#,
            "does everything except this: scans: reads a whole table or index and takes on other roles and asks for tokens "
                + "in every way"
        ),
        (#""NotAction": "*""#, "does nothing"),
    ]) func tellsActions(elements: String, expected: String) throws {
        let made = try statement(#""Effect": "Allow", \#(elements), "Resource": "*""#)
        #expect(PolicyWords(made).actions.text == expected)
    }

    @Test func everyActionHasWordsOfItsOwn() {
        let told = ActionWords.groups.flatMap(\.actions)
        #expect(told.count == PolicyAction.allCases.count)
        #expect(Set(told.map(\.action)) == Set(PolicyAction.allCases))
        #expect(Set(told.map(\.words)).count == told.count)
        for action in PolicyAction.allCases {
            #expect(ActionWords.phrases(for: ActionSet([action])).count == 1, "\(action.name)")
        }
    }

    /// Nothing is kept back: the actions that the phrases of a set stand for are those of the set.
    @Test func fuzzedSetsOfActionsAreToldWhole() throws {
        try Fuzzer("words of actions", rounds: 400).run { random in
            var random = random
            let set = ActionSet(
                PolicyAction.allCases.filter { _ in Int.random(in: 0..<8, using: &random) > 1 })
            var told = ActionSet()
            for phrase in ActionWords.phrases(for: set).map(\.text) {
                for group in ActionWords.groups {
                    if phrase == group.all { for one in group.actions { told.insert(one.action) } }
                    for one in group.actions where one.words == phrase { told.insert(one.action) }
                    if phrase.hasSuffix("(all of DynamoDB)"), !group.isTokens {
                        for one in group.actions { told.insert(one.action) }
                    }
                }
            }
            try #require(told == set)
        }
    }

    @Test(arguments: [
        ("arn:aws:dynamodb:*:*:table/a", "table `a`"),
        ("arn:aws:dynamodb:*:*:table/a/index/b", "index `b` of table `a`"),
        ("arn:aws:dynamodb:*:*:table/a/index/*", "every index of table `a`"),
        ("arn:aws:dynamodb:*:*:table/a/stream/*", "every stream of table `a`"),
        ("arn:aws:dynamodb:*:*:table/a/*", "all indexes, streams, backups and exports of table `a`"),
        ("arn:aws:dynamodb:*:*:table/*", "every table, with all indexes, streams, backups and exports of it"),
        ("arn:aws:dynamodb:*:*:*", "everything of DynamoDB"),
        ("*", "everything there is"),
        (
            "arn:aws:dynamodb:eu-west-1:123456789012:table/a",
            "table `a`, region `eu-west-1`, account `123456789012`"
        ),
        (
            "arn:aws:dynamodb:*:*:table/a*",
            "every resource whose ARN fits `arn:aws:dynamodb:*:*:table/a*`, where `*` stands for any characters and `?` "
                + "for one"
        ),
        (
            "arn:aws:dynamodb:*:*:table/a/index/b*",
            "every resource whose ARN fits `arn:aws:dynamodb:*:*:table/a/index/b*`, where `*` stands for any characters "
                + "and `?` for one"
        ),
        ("arn:aws:s3:::bucket", "what fits `arn:aws:s3:::bucket`"),
        (
            "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/tier}",
            "what fits `arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/tier}` (`aws:PrincipalTag/tier` stands for the "
                + "session's tier)"
        ),
        (
            "arn:aws:dynamodb:*:table/a",
            "nothing (`arn:aws:dynamodb:*:table/a` has 5 parts of six, so it fits no resource)"
        ),
    ]) func tellsResources(arn: String, expected: String) throws {
        let made = try statement(#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "\#(arn)""#)
        #expect(PolicyWords(made).resources.text == expected)
        let negated = try statement(
            #""Effect": "Allow", "Action": "dynamodb:GetItem", "NotResource": "\#(arn)""#)
        #expect(PolicyWords(negated).resources.text == "everything except \(expected)")
    }
}
