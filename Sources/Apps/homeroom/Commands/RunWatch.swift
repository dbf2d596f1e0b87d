import Base

#if canImport(Glibc)
    import Glibc
#endif

/// Follows a run: one line that is redrawn on a terminal, a line for each change otherwise.
struct RunWatch {
    private static let pollMicroseconds: UInt32 = 100_000
    private static let plainLineSeconds = 2.0

    private let invocation: Invocation
    private let client: ControlClient
    private let clock = SystemClock()

    init(_ invocation: Invocation, _ client: ControlClient) {
        self.invocation = invocation
        self.client = client
    }

    /// Follows the run to its end, or, where `untilSwitched`, until a move keeps its source only for an undo.
    func watch(_ id: String, untilSwitched: Bool) throws -> ExitCode {
        var last = (text: "", phase: "", seconds: -RunWatch.plainLineSeconds)
        while true {
            let answer = try client.get("/v1/runs/\(ControlClient.encoded(id))")
            let run = answer.json
            if RunWatch.isOver(run) || (untilSwitched && RunWatch.isSwitched(run)) { return end(answer) }
            let text = RunWatch.line(run)
            // Where lines are not redrawn, the first figures of a step are worth one of their own.
            let figures = RunWatch.progress(of: run) == nil ? "" : "figures"
            let phase = [run.text("state"), run.text("step"), figures].joined(separator: "/")
            let now = Double(clock.monotonicNanoseconds()) / 1e9
            invocation.terminal.redraw(text)
            let isDue =
                text != last.text && (phase != last.phase || now - last.seconds >= RunWatch.plainLineSeconds)
            if isDue, !invocation.terminal.showsProgress, !invocation.isSet("json") {
                invocation.terminal.errorLine(text)
                last = (text, phase, now)
            }
            RunWatch.pause()
        }
    }

    /// Whether nothing more comes of it by itself. One that failed or is held, and of which something was asked since, goes on.
    static func isOver(_ run: JSONAnswer) -> Bool {
        ["completed", "undone", "failed", "paused"].contains(run.text("state")) && run["wanted"] == nil
    }

    /// Until the next look.
    static func pause() { usleep(pollMicroseconds) }

    /// Waits for the run to end and shows nothing but how far it is; the run at its end.
    func waitQuietly(_ id: String) throws(CommandFailure) -> ControlClient.Answer {
        while true {
            let answer = try client.get("/v1/runs/\(ControlClient.encoded(id))")
            if RunWatch.isOver(answer.json) { return answer }
            invocation.terminal.progress(RunWatch.line(answer.json))
            RunWatch.pause()
        }
    }

    /// Waits quietly for a run that was just started; the run when it has completed.
    /// - Throws: `CommandFailure` with the reason where it ends otherwise.
    func completed(_ started: ControlClient.Answer) throws(CommandFailure) -> ControlClient.Answer {
        let id = started.json.text("id")
        let answer = try waitQuietly(id)
        let end = answer.json
        switch end.text("state") {
        case "completed": return answer
        case "paused": throw .failed("run \(id) is held; homeroom run resume \(id) lets it go on")
        default:
            // The step's own words, where they are why, say what to do.
            let reason = end.text("reason")
            let words = end["notes"]?.elements.last?.text("text") ?? ""
            let isWhy = !words.isEmpty && reason.hasSuffix(words)
            throw .failed(isWhy ? words : "run \(id) is \(end.text("state")): \(reason)")
        }
    }

    /// Says what was started, and how to follow it.
    static func showStarted(_ answer: ControlClient.Answer, _ output: Output) -> ExitCode {
        let run = answer.json.text("id")
        output.pairs([("run", run), ("next", "homeroom run watch \(run)")])
        return .done
    }

    /// What has become of a request whose run may take longer than its answer.
    enum Outcome {
        /// The answer; 202 with the run where it goes on and nobody waits for it.
        case answered(ControlClient.Answer)
        /// The run, which has not done what was asked.
        case ended(ControlClient.Answer)
    }

    /// Sends a request that is answered 202 where its run takes long; one that waits asks for the answer again at the run's end.
    func post(_ path: String, _ write: (inout JSONWriter) -> Void) throws -> Outcome {
        let waits = invocation.waits()
        // A key of its own, so that the same answer can be asked for once more.
        let ownKey =
            waits ? "cli-\(UInt64.random(in: 0 ... .max))-\(UInt64.random(in: 0 ... .max))" : nil
        let key = invocation.value("idempotency-key") ?? ownKey
        let answer = try client.post(path, idempotencyKey: key, write)
        guard answer.status == 202, waits else { return .answered(answer) }
        let end = try waitQuietly(answer.json.text("run"))
        guard end.json.text("state") == "completed" else { return .ended(end) }
        return .answered(try client.post(path, idempotencyKey: key, write))
    }

    /// Says that what was asked for is not finished yet.
    static func showUnfinished(_ answer: ControlClient.Answer, _ output: Output) {
        let run = answer.json.text("run")
        output.pairs([("run", run), ("next", "it is not finished yet: homeroom run watch \(run)")])
    }

    /// Whether a move is behind its switch, going forward.
    private static func isSwitched(_ run: JSONAnswer) -> Bool {
        run.text("kind") == "move" && run.text("state") != "undoing"
            && (run["steps"]?.elements.contains { $0.text("name") == "switch" && $0.text("state") == "done" }
                ?? false)
    }

    /// `copy   12,000 of 40,000 items   20,000/s   1.4 s left   lag 3`.
    static func line(_ run: JSONAnswer) -> String {
        let state = run.text("state")
        var parts = [run.text("step").isEmpty ? state : run.text("step")]
        if ["undoing", "paused"].contains(state) { parts[0] += " (\(state))" }
        if run["stuck"] != nil { parts[0] += " (stuck \(RunView.stall(of: run)))" }
        if run["waitsForTurn"] != nil { parts.append(RunView.turn(of: run)) }
        guard let progress = progress(of: run) else {
            return TextWidth.harmless(parts.joined(separator: "   "))
        }
        let done = progress.number("done")
        let unit = progress["unit"]?.string ?? "items"
        if let total = progress["total"]?.int, total > 0 {
            let percent = min(100, done * 100 / total)
            parts.append("\(Figures.count(done)) of \(Figures.count(total)) \(unit), \(percent)%")
            if let rate = progress["ratePerSecond"]?.double, rate >= 1 {
                parts.append("\(Figures.count(Int(rate)))/s")
            }
            if let left = progress["secondsLeft"]?.double, total > done {
                parts.append("\(Figures.seconds(left)) left")
            }
        } else if done > 0 {
            parts.append("\(Figures.count(done)) \(unit)")
        }
        if progress["pace"] != nil { parts.append(RunView.pace(of: run)) }
        if let text = progress["text"]?.string { parts.append(text) }
        return TextWidth.harmless(parts.joined(separator: "   "))
    }

    /// The current step's own progress: that of an earlier step stands until the next one writes its first, and an undo leaves
    /// standing what the way forward wrote.
    private static func progress(of run: JSONAnswer) -> JSONAnswer? {
        guard let progress = run["progress"] else { return nil }
        let phase = progress.text("phase")
        if phase == run.text("step") { return progress }
        let isAnotherStep = run["steps"]?.elements.contains { $0.text("name") == phase } ?? false
        return run.text("state") == "undoing" || isAnotherStep ? nil : progress
    }

    /// Says how a run ended.
    func end(_ answer: ControlClient.Answer) -> ExitCode {
        let run = answer.json
        let state = run.text("state")
        // A run that somebody wanted back and that is back has ended well.
        let wasWanted = state == "undone" && run.text("reason") == "cancelled"
        let isGood = wasWanted || !["undone", "failed"].contains(state)
        if let code = Output(invocation).json(answer) { return isGood ? code : .failed }
        let id = run.text("id")
        switch state {
        case "completed":
            invocation.terminal.line("run \(id) completed; homeroom run show \(id) shows what it left")
        case "paused": invocation.terminal.line("run \(id) is held; homeroom run resume \(id) lets it go on")
        case "undone" where wasWanted: invocation.terminal.line("run \(id) was taken back, as asked")
        case "undone":
            invocation.terminal.line("run \(id) was taken back: \(TextWidth.harmless(run.text("reason")))")
        case "failed":
            let steps = run["steps"]?.elements ?? []
            let attempts = steps.first { $0.text("name") == run.text("step") }?.number("attempts") ?? 0
            invocation.terminal.line(
                "run \(id) stopped at \(run.text("step")), attempt \(attempts): \(TextWidth.harmless(run.text("reason")))"
            )
            invocation.terminal.line(
                "homeroom run retry \(id) tries again, homeroom run cancel \(id) takes it back")
        default:
            let text = RunWatch.progress(of: run)?["text"]?.string
            invocation.terminal.line("moved" + (text.map { "; " + TextWidth.harmless($0) } ?? ""))
            invocation.terminal.line("homeroom run rollback \(id) takes it back")
        }
        return isGood ? .done : .failed
    }
}
