import JSONText
import Testing

@testable import homeroom

@Suite struct RunWatchTests {
    @Test(arguments: [
        (#"{"state": "running", "step": "plan"}"#, "plan"),
        (#"{"state": "pending"}"#, "pending"),
        (
            #"{"state": "pending", "step": "plan", "waitsForTurn": {"runsBefore": 3, "limit": "kind", "max": 4}}"#,
            "plan   waits for its turn behind 3; at most 4 runs of its kind at once"
        ),
        (
            #"{"state": "pending", "step": "plan", "waitsForTurn": {"runsBefore": 0, "limit": "tenant", "max": 2}}"#,
            "plan   waits for its turn behind 0; at most 2 runs of its tenant at once"
        ),
        (
            #"""
            {"state": "running", "step": "copy", "progress":
             {"phase": "copy", "done": 12000, "total": 40000, "ratePerSecond": 20000, "secondsLeft": 1.4, "text": "lag 3"}}
            """#,
            "copy   12,000 of 40,000 items, 30%   20,000/s   1.4 s left   lag 3"
        ),
        (
            #"{"state": "running", "step": "clean up", "progress": {"phase": "clean up", "done": 5}}"#,
            "clean up   5 items"
        ),
        (
            #"{"state": "waiting", "step": "keep", "progress": {"phase": "keep", "done": 0, "text": "a\u001bb"}}"#,
            "keep   a\u{FFFD}b"
        ),
        (
            #"{"state": "undoing", "step": "copy", "progress": {"phase": "keep", "done": 9, "text": "old"}}"#,
            "copy (undoing)"
        ),
        (
            #"""
            {"state": "running", "step": "verify", "steps": [{"name": "copy"}, {"name": "verify"}],
             "progress": {"phase": "copy", "done": 3990, "total": 4878}}
            """#,
            "verify"
        ),
        (
            #"""
            {"state": "running", "step": "switch", "steps": [{"name": "copy"}, {"name": "switch"}],
             "progress": {"phase": "catch up", "done": 7}}
            """#,
            "switch   7 items"
        ),
        (
            #"{"state": "running", "step": "copy", "progress": {"phase": "copy", "done": 3, "total": 0}}"#,
            "copy   3 items"
        ),
    ])
    func saysHowFarARunIs(run: String, line: String) throws {
        let answer = JSONAnswer(try JSONText(parsing: Array(run.utf8)).root)
        #expect(RunWatch.line(answer) == line)
    }

    @Test(arguments: [
        (#"{"state": "completed"}"#, true), (#"{"state": "failed"}"#, true), (#"{"state": "paused"}"#, true),
        (#"{"state": "failed", "wanted": "skip"}"#, false),
        (#"{"state": "failed", "wanted": "undo"}"#, false),
        (#"{"state": "paused", "wanted": "undo"}"#, false), (#"{"state": "running"}"#, false),
    ])
    func oneOfWhichSomethingWasAskedIsNotOver(text: String, isOver: Bool) throws {
        let run = try #require(JSONAnswer(parsing: Array(text.utf8)))
        #expect(RunWatch.isOver(run) == isOver)
    }
}
