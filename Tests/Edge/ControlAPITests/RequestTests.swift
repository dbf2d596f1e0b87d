import Base
import Registry
import TestKit
import Testing

@testable import ControlAPI

@Suite struct RequestTests {
    private static let known = ["name", "schools", "dryRun", "seconds"]

    private func body(_ text: String, type: String? = "application/json") throws -> RequestBody {
        try RequestBody(parsing: Array(text.utf8), contentType: type, known: Self.known)
    }

    @Test func readsEachKindOfMember() throws {
        let body = try body(#"{"name": "Ä", "schools": ["A", "B"], "dryRun": true, "seconds": 7}"#)
        #expect(try body.string("name") == "Ä")
        #expect(try body.strings("schools", max: 2) == ["A", "B"])
        #expect(try body.bool("dryRun"))
        #expect(try body.integer("seconds", in: 0...7) == 7)
    }

    @Test func takesNullAndAnEmptyBodyForNothing() throws {
        #expect(try body(#"{"name": null}"#).stringIfPresent("name") == nil)
        #expect(try body("", type: nil).bool("dryRun") == false)
    }

    @Test(arguments: [
        (#"{"nmae": "a"}"#, "`nmae` is no member of this request; did you mean `name`?", "nmae"),
        (#"[]"#, "expected a JSON object as body", nil),
        (#"{"name": 1}"#, "expected `name` as a string, found the number 1", "name"),
        (#"{}"#, "`name` is missing; add it", "name"),
    ])
    func namesWhatIsWrong(text: String, detail: String, field: String?) {
        #expect(throws: Problem(.invalidRequest, detail, field: field)) { _ = try body(text).string("name") }
    }

    @Test(arguments: [
        (#"{"schools": "A"}"#, "expected `schools` as an array of strings, found a string", "schools"),
        (#"{"schools": ["A", null]}"#, "expected a string, found null", "schools[1]"),
        (#"{"schools": ["A", "B", "C"]}"#, "`schools` has 3 elements; give at most 2", "schools"),
    ])
    func namesWhatIsWrongInAList(text: String, detail: String, field: String) {
        #expect(throws: Problem(.invalidRequest, detail, field: field)) {
            _ = try body(text).strings("schools", max: 2)
        }
    }

    @Test func readsTextsByName() throws {
        let body = try body(#"{"schools": {"roles/a.json": "{}", "b": ""}}"#)
        #expect(try body.stringsByName("schools", max: 2) == ["roles/a.json": "{}", "b": ""])
    }

    @Test(arguments: [
        (#"{}"#, "`schools` is missing; add it", "schools"),
        (#"{"schools": []}"#, "expected `schools` as an object of strings, found an array", "schools"),
        (#"{"schools": {"a": 1}}"#, "expected a string, found the number 1", "schools.a"),
        (#"{"schools": {"a": "", "b": "", "c": ""}}"#, "`schools` has 3 members; give at most 2", "schools"),
    ])
    func namesWhatIsWrongInTextsByName(text: String, detail: String, field: String) {
        #expect(throws: Problem(.invalidRequest, detail, field: field)) {
            _ = try body(text).stringsByName("schools", max: 2)
        }
    }

    @Test(arguments: ["6", "6.0", "0.6e1", "600E-2"])
    func takesAWholeNumberHoweverItIsWritten(text: String) throws {
        #expect(try body(#"{"seconds": \#(text)}"#).integer("seconds", in: 0...7) == 6)
    }

    @Test(arguments: ["8", "-1", "1.5", "1e1", "1e400", "6.0000001", "\"7\"", "99999999999999999999"])
    func refusesNumbersOutsideTheRange(text: String) {
        #expect(throws: Problem.self) {
            _ = try body(#"{"seconds": \#(text)}"#).integer("seconds", in: 0...7)
        }
    }

    @Test(arguments: [nil, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
    func refusesBodiesThatAreNotDeclaredAsJSON(type: String?) {
        #expect(
            throws: Problem(
                .unsupportedMediaType, "expected `Content-Type: application/json`, found `\(type ?? "none")`",
                field: "Content-Type")
        ) { try body("{}", type: type) }
    }

    @Test func takesAMediaTypeWithParameters() throws {
        _ = try body("{}", type: "Application/JSON; charset=utf-8")
    }

    // MARK: Queries

    @Test func readsAQuery() throws {
        let query = try RequestQuery(parsing: Array("limit=5&name=Oak+Hill%2B&flag".utf8)[...])
        #expect(query["name"] == "Oak Hill+")
        #expect(query["flag"] == "")
        #expect(try query.integer("limit", in: 1...5) == 5)
        #expect(query.names == ["flag", "limit", "name"])
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "%ff=1", "a=1&a=2"])
    func refusesMalformedQueries(text: String) {
        #expect(throws: Problem.self) { try RequestQuery(parsing: Array(text.utf8)[...]) }
    }

    @Test(arguments: ["0", "6", "x", "", "1 "])
    func refusesNumbersInAQuery(text: String) throws {
        let query = try RequestQuery(parsing: Array("limit=\(text)".utf8)[...])
        #expect(throws: Problem.self) { try query.integer("limit", in: 1...5) }
    }

    // MARK: Keys

    @Test func readsAKeyInTwoParts() throws {
        let key = try #require(ControlKey("hk_1.a.b"))
        #expect((key.id, key.secret, key.text) == ("hk_1", "a.b", "hk_1.a.b"))
    }

    @Test(arguments: [
        "", ".", "a.", ".b", "ab", "a b.c", "a.\u{7F}", String(repeating: "a", count: 129) + ".b",
    ])
    func refusesAKey(text: String) { #expect(ControlKey(text) == nil) }

    @Test func aReviewersKeyIsToldByItsName() throws {
        let key = ControlKey.new([.reviewer], random: SeededRandom(seed: 7))
        #expect(key.id.hasPrefix("reviewer-"))
        #expect(ControlKey(key.text)?.secretDigest == key.secretDigest)
    }

    @Test func makesKeysThatReadBack() throws {
        let key = ControlKey.newAdmin(random: SeededRandom(seed: 7))
        #expect(ControlKey(key.text)?.secretDigest == key.secretDigest)
        #expect(key.text.utf8.count <= 72)
    }

    // MARK: Noise

    @Test func fuzzedNoiseDoesNotStopTheReaders() throws {
        let alphabet = Array(#"{}[]":,\u0a%+&=. 19etruflsn"#.utf8) + [0, 0xC3, 0xFF]
        try Fuzzer("control requests", rounds: 4000, accepting: 0.2...0.99).runParser { random in
            let bytes = random.bytes(random.below(24)).map { alphabet[Int($0) % alphabet.count] }
            var taken = PercentText.decode(bytes[...]) == nil ? 0 : 1
            do throws(Problem) {
                _ = try RequestQuery(parsing: bytes[...])
                taken += 1
            } catch { try #require(error.kind == .invalidRequest) }
            do throws(Problem) {
                _ = try RequestBody(parsing: bytes, contentType: "application/json", known: Self.known)
                taken += 1
            } catch { try #require(error.kind == .invalidRequest) }
            return taken > 0 ? .accepted : .refused
        }
    }
}
