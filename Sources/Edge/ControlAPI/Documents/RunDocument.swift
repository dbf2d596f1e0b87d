import Base
import Registry

/// A run as the API shows it.
struct RunDocument {
    let run: RunRecord
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
        json.member("step", ifPresent: run.step?.name)
        json.member("actor", run.actor.text)
        json.member("createdAt", run.createdAt.iso8601)
        json.member("endedAt", ifPresent: run.endedAt?.iso8601)
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
        if let rate = progress.ratePerSecond, rate.isFinite {
            json.name("ratePerSecond")
            json.double(rate)
        }
        json.member("text", ifPresent: progress.text)
        json.endObject()
    }

    private func writeParticulars(to json: inout JSONWriter) {
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
            json.endObject()
        }
        json.endArray()
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
}
