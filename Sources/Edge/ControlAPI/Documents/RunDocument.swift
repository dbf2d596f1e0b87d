import Base
import Registry
import Workflows

/// A run as the API shows it.
struct RunDocument {
    let run: RunRecord
    /// How it waits for its turn.
    var turn: RunTurn?
    /// Whether steps, notes and result are shown, or only what a list needs.
    var isFull = true

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", run.id.text)
        json.member("kind", run.kind)
        json.member("tenant", ifPresent: run.tenant?.text)
        json.member("state", run.state.name)
        writeStateDetail(to: &json)
        if run.wanted != .none { json.member("wanted", run.wanted.rawValue) }
        if let stall = run.stuck { write(stall, to: &json) }
        if let turn { write(turn, to: &json) }
        json.member("step", ifPresent: run.step?.name)
        json.member("actor", run.actor.text)
        json.member("why", ifPresent: run.why)
        json.member("traceId", ifPresent: run.actor.origin.trace)
        json.member("createdAt", run.createdAt.iso8601)
        json.member("endedAt", ifPresent: run.endedAt?.iso8601)
        if let rate = run.itemsPerSecondMax { json.member("itemsPerSecondMax", rate) }
        if let progress = run.progress { write(progress, to: &json) }
        if isFull { writeParticulars(to: &json) }
        json.endObject()
    }

    private func writeStateDetail(to json: inout JSONWriter) {
        switch run.state {
        case .failed(let reason): json.member("reason", reason)
        case .waiting(let until): json.member("waitingUntil", until.iso8601)
        case .pending, .running, .paused, .undoing, .undone, .completed:
            if case .backward(let reason) = run.direction { json.member("reason", reason) }
        }
    }

    private func write(_ progress: RunProgress, to json: inout JSONWriter) {
        json.name("progress")
        json.beginObject()
        json.member("phase", progress.phase)
        json.member("done", progress.done)
        if let total = progress.total { json.member("total", total) }
        json.member("unit", ifPresent: progress.unit)
        if let rate = progress.ratePerSecond, rate.isFinite {
            json.name("ratePerSecond")
            json.double(rate)
        }
        if let left = progress.secondsLeft, left.isFinite {
            json.name("secondsLeft")
            json.double(left)
        }
        json.member("text", ifPresent: progress.text)
        if let pace = progress.pace {
            json.name("pace")
            json.beginObject()
            json.member("itemsPerSecond", pace.itemsPerSecond)
            json.member("reason", pace.reason)
            json.endObject()
        }
        json.endObject()
    }

    private func write(_ stall: RunStall, to json: inout JSONWriter) {
        json.name("stuck")
        json.beginObject()
        json.member("since", stall.since.iso8601)
        json.member("step", stall.step)
        json.member("reason", stall.reason)
        json.endObject()
    }

    private func write(_ turn: RunTurn, to json: inout JSONWriter) {
        json.name("waitsForTurn")
        json.beginObject()
        json.member("runsBefore", turn.runsBefore)
        switch turn.limit {
        case .kind(_, let max):
            json.member("limit", "kind")
            json.member("max", max)
        case .tenant(let max):
            json.member("limit", "tenant")
            json.member("max", max)
        }
        json.endObject()
    }

    private func writeParticulars(to json: inout JSONWriter) {
        json.member("definition", run.definition ?? 1)
        json.name("input")
        json.raw(run.input.utf8)
        if let result = run.result {
            json.name("result")
            json.raw(result.utf8)
        }
        json.name("steps")
        json.beginArray()
        for step in run.steps {
            json.beginObject()
            json.member("name", step.name)
            json.member("state", step.state.rawValue)
            json.member("attempts", step.attempts)
            json.member("lastError", ifPresent: step.lastError)
            json.member("startedAt", ifPresent: step.startedAt?.iso8601)
            json.member("endedAt", ifPresent: step.endedAt?.iso8601)
            writeHistory(of: step, to: &json)
            json.endObject()
        }
        json.endArray()
        writeRequests(to: &json)
        json.name("notes")
        json.beginArray()
        for note in run.notes {
            json.beginObject()
            json.member("time", note.time.iso8601)
            json.member("step", note.step)
            json.member("text", note.text)
            json.endObject()
        }
        json.endArray()
    }

    private func writeHistory(of step: StepRecord, to json: inout JSONWriter) {
        if let skip = step.skipped {
            json.name("skipped")
            json.beginObject()
            json.member("by", skip.actor.text)
            json.member("reason", skip.reason)
            json.member("time", skip.time.iso8601)
            json.member("direction", skip.isUndo ? "undo" : "forward")
            json.endObject()
        }
        guard let history = step.history else { return }
        json.name("history")
        json.beginArray()
        for attempt in history.elements {
            json.beginObject()
            json.member("startedAt", attempt.startedAt.iso8601)
            json.member("endedAt", attempt.endedAt.iso8601)
            json.member("direction", attempt.isUndo ? "undo" : "forward")
            json.member("outcome", attempt.outcome.rawValue)
            json.member("error", ifPresent: attempt.error)
            json.endObject()
        }
        json.endArray()
        if history.dropped > 0 { json.member("historyDropped", history.dropped) }
    }

    private func writeRequests(to json: inout JSONWriter) {
        guard let requests = run.requests else { return }
        json.name("requests")
        json.beginArray()
        for request in requests.elements {
            json.beginObject()
            json.member("time", request.time.iso8601)
            json.member("actor", request.actor.text)
            json.member("what", request.what)
            json.member("reason", ifPresent: request.reason)
            json.endObject()
        }
        json.endArray()
        if requests.dropped > 0 { json.member("requestsDropped", requests.dropped) }
    }
}
