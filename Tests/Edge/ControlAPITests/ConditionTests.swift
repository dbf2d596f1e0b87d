import Base
import HTTPServer
import TestKit
import Testing

@testable import ControlAPI

/// Tags, traces, ids of requests, rates, places of faults.
@Suite struct ConditionTests {
    private let tag = EntityTag(of: Array("{}".utf8))

    @Test func aTagIsOfItsBytes() {
        #expect(tag == EntityTag(of: Array("{}".utf8)))
        #expect(tag != EntityTag(of: Array("{ }".utf8)))
        #expect(tag.text.hasPrefix("\"") && tag.text.hasSuffix("\"") && tag.text.utf8.count == 24)
    }

    @Test func aListOfTagsMatches() throws {
        for text in ["*", tag.text, "\"a\", \(tag.text)", "\"a\" ,\(tag.text),"] {
            let list = try EntityTagList(text, field: "If-Match")
            #expect(list.matches(tag) && list.weaklyMatches(tag), "\(text)")
        }
        let weak = try EntityTagList("W/\(tag.text)", field: "If-Match")
        #expect(!weak.matches(tag) && weak.weaklyMatches(tag))
        #expect(try !EntityTagList("\"a\"", field: "If-Match").weaklyMatches(tag))
    }

    @Test(arguments: ["", "a", "\"a", "\"a\" b", "w/\"a\"", "*, \"a\"", "\"a b\""])
    func refusesWhatIsNoListOfTags(text: String) {
        #expect(throws: Problem.self) { try EntityTagList(text, field: "If-Match") }
    }

    /// What use changes is in the tag and keeps nobody from a change.
    @Test func tagsOfOneStateMatchAndAreNotTheSame() throws {
        let state = Array("a".utf8)
        let seen = EntityTag(of: Array("1".utf8), state: state)
        let now = EntityTag(of: Array("2".utf8), state: state)
        let other = EntityTag(of: Array("2".utf8), state: Array("b".utf8))
        #expect(seen != now)
        let list = try EntityTagList(seen.text, field: "If-Match")
        #expect(list.matches(seen) && list.matches(now) && !list.matches(other) && !list.matches(tag))
        #expect(!list.weaklyMatches(now))
        #expect(try !EntityTagList("W/\(seen.text)", field: "If-Match").matches(now))
        #expect(try !EntityTagList("\"\"", field: "If-Match").matches(now))
    }

    // MARK: Traces

    private func trace(_ text: String?) -> TraceContext {
        TraceContext(traceparent: text, random: SeededRandom(seed: 1))
    }

    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test(arguments: [
        "00-\(traceID)-00f067aa0ba902b7-01", "00-\(traceID)-00f067aa0ba902b7-00",
        "cc-\(traceID)-00f067aa0ba902b7-01-what-the-future-has",
    ])
    func aTraceGoesOn(text: String) {
        let trace = trace(text)
        #expect(trace.traceID == Self.traceID)
        #expect(trace.parentID == "00f067aa0ba902b7")
        #expect(trace.spanID.utf8.count == 16 && trace.spanID != trace.parentID)
        let flags = text.contains("902b7-01") ? "01" : "00"
        #expect(trace.traceparent == "00-\(Self.traceID)-\(trace.spanID)-\(flags)")
    }

    /// Source: W3C Trace Context, section 3.2.2, and the cases of its test suite.
    @Test(arguments: [
        nil, "", "00", "ff-\(traceID)-00f067aa0ba902b7-01", "00-\(traceID)-00f067aa0ba902b7-01-more",
        "00-\(traceID)-00f067aa0ba902b7-01-", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-\(traceID)-0000000000000000-01", "00-\(traceID.uppercased())-00f067aa0ba902b7-01",
        "00-\(traceID)-00f067aa0ba902b7-1", "0-\(traceID)-00f067aa0ba902b7-01",
        "00-\(traceID)-00f067aa0ba902b7",
        "00-.\(traceID.dropFirst())-00f067aa0ba902b7-01", "cc-\(traceID)-00f067aa0ba902b7-01.what",
    ])
    func aTraceBeginsWhereNoneWasSentThatIsWellFormed(text: String?) {
        let trace = trace(text)
        #expect(trace.traceID != Self.traceID && trace.traceID.utf8.count == 32)
        #expect(trace.parentID == nil)
    }

    @Test(arguments: ["a", "0123-abc_DEF.9", String(repeating: "a", count: 64)])
    func aSaneIDIsKept(id: String) { #expect(CallMark.sane(id) == id) }

    @Test(arguments: [nil, "", "a b", "a\"b", "ä", "a/b", String(repeating: "a", count: 65)])
    func anotherIDIsNot(id: String?) { #expect(CallMark.sane(id) == nil) }

    // MARK: Rates

    private static let second: UInt64 = 1_000_000_000

    @Test func aCallerHasSoManyRequestsAndOthersHaveTheirOwn() {
        let rates = CallerRates(perSecond: 5)
        let taken = (0..<100).filter { _ in rates.wait(of: "a", at: 0) == nil }.count
        #expect(taken == 5 * Limits.callerBurstSeconds)
        #expect(rates.wait(of: "a", at: 0) == 1)
        #expect(rates.wait(of: "b", at: 0) == nil)
        #expect((0..<9).filter { _ in rates.wait(of: "a", at: Self.second) == nil }.count == 5)
    }

    @Test func callersBeyondTheLimitShareOneBucketUntilOthersAreForgotten() {
        let rates = CallerRates(perSecond: 1)
        for number in 0..<Limits.callersMax { #expect(rates.wait(of: "c\(number)", at: 0) == nil) }
        let shared = (0..<100).filter { rates.wait(of: "x\($0)", at: 0) == nil }.count
        #expect(shared == Limits.callerBurstSeconds)
        #expect(rates.wait(of: "late", at: 60 * Self.second) == nil)
    }

    // MARK: Places

    @Test(arguments: [
        ("tier", "/tier"), ("schools[1]", "/schools/1"), ("rows[0].name", "/rows/0/name"),
        ("files.roles/a~b.json", "/files/roles~1a~0b.json"), ("a.b.c", "/a/b.c"),
    ])
    func aFieldHasAPlace(field: String, pointer: String) { #expect(Problem.pointer(field) == pointer) }
}
