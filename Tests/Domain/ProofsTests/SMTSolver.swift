import Foundation

/// The solver cvc5 as a program: a second opinion, for tests alone.
enum SMTSolver {
    enum Answer: Equatable {
        case sat
        case unsat
        /// It does not know, or had no time to find out.
        case unknown
    }

    /// Where it is; nil where it is not installed, and then the tests that want it say so and pass.
    static let path: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        let found = folders.map { "\($0)/cvc5" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        if found == nil {
            print("skipped: the tests that ask cvc5, as it is not there; `apt-get install cvc5` brings it")
        }
        return found
    }()

    static let secondsPerQuestion = 3

    struct Failure: Error { let text: String }

    /// Puts questions one after the other; the answer to each.
    /// - Parameter modelNames: what to ask of a model, where a question has one; the values come as the solver writes them.
    static func answers(to questions: [String], modelNames: [String] = []) throws -> [(Answer, model: String)]
    {
        guard let path, !questions.isEmpty else { return [] }
        let model = modelNames.isEmpty ? "" : "(get-value (\(modelNames.joined(separator: " "))))\n"
        let script =
            "(set-logic QF_SLIA)\n"
            + questions.map {
                "(push 1)\n\($0)\n(check-sat)\n(echo \"model\")\n\(model)(echo \"end\")\n(pop 1)\n"
            }.joined()
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = [
            "--incremental", "--produce-models", "--strings-exp", "--lang=smt2",
            "--tlimit-per=\(secondsPerQuestion * 1000)", "-",
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        // A thread of its own writes: a long script and a long answer would each wait for the other's reader.
        let writer = Thread {
            do {
                try input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
                try input.fileHandleForWriting.close()
            } catch {
                // A solver that ended early answers too little, which is found below.
                print("cvc5: \(error)")
            }
        }
        writer.start()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let parts = text.components(separatedBy: "\"end\"\n").dropLast()
        guard parts.count == questions.count else { throw Failure(text: "cvc5: \(text.suffix(500))") }
        return try parts.map { part in
            let halves = part.components(separatedBy: "\"model\"\n")
            let model = halves.count > 1 ? halves[1] : ""
            switch halves[0].trimmingCharacters(in: .whitespacesAndNewlines) {
            case "sat": return (.sat, model)
            case "unsat": return (.unsat, "")
            case "unknown", "timeout": return (.unknown, "")
            case let other: throw Failure(text: "cvc5: \(other)\n\(part)")
            }
        }
    }
}
