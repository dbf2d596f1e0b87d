extension Invocation {
    /// Sees to it that somebody means what cannot be undone: asks where a person can be asked, and goes on without asking
    /// where `--yes` or `--dry-run` is given.
    /// - Parameters:
    ///   - question: what is about to happen, as a sentence.
    ///   - refusal: what to do instead, where nobody can be asked.
    /// - Throws: `CommandFailure`: with exit code 2 where nobody can be asked, with 1 where the answer is not yes.
    func confirm(_ question: String, refusal: String) throws(CommandFailure) {
        guard !isSet("yes"), !isSet("dry-run") else { return }
        guard terminal.canAsk else { throw .usage(refusal) }
        let answer = terminal.ask("\(TextWidth.harmless(question)) Go on? [y/N] ")
        guard ["y", "yes"].contains((answer ?? "").lowercased().filter { !$0.isWhitespace }) else {
            throw .failed("nothing was changed")
        }
    }

    /// Whether a run that the command starts is followed.
    func waits(unlessSaid standard: Bool = false) -> Bool {
        isSet("wait") || (standard && !isSet("no-wait"))
    }
}
