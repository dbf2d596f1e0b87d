import TestKit

/// The first operation of a program that the engine answers otherwise than the model.
struct Divergence: Error, CustomStringConvertible {
    var program: ModelProgram
    /// The operation's position.
    let step: Int
    let engine: String
    let model: String

    var description: String {
        "engine and model part ways at step \(step + 1) of\n\(program)\n  engine: \(engine)\n  model:  \(model)"
    }
}

/// Runs programs against the engine and the model side by side.
struct Comparison {
    /// What the model gets wrong on purpose.
    var rules: ModelRules = []

    /// How many programs a divergence may be run as while it is made shorter.
    private static let attemptsMax = 1500

    /// Where the two part ways, or nil where they agree throughout.
    func divergence(of program: ModelProgram) throws -> Divergence? {
        var model = ModelStore(tables: program.tables, rules: rules)
        let engine = try EngineRunner(program.tables)
        for (step, operation) in program.operations.enumerated() {
            let wanted = model.perform(operation)
            let found = try engine.perform(operation)
            if !wanted.allows(found) {
                return Divergence(program: program, step: step, engine: "\(found)", model: "\(wanted)")
            }
        }
        return nil
    }

    /// The shortest program found that still shows a divergence: operations are left out, then what is left of them is made
    /// simpler, until nothing more can go.
    func shortest(_ divergence: Divergence) throws -> Divergence {
        var best = divergence
        var attempts = 0
        func isTaken(_ program: ModelProgram) throws -> Bool {
            attempts += 1
            guard attempts <= Comparison.attemptsMax, var shorter = try self.divergence(of: program) else {
                return false
            }
            shorter.program.operations.removeSubrange((shorter.step + 1)...)
            best = shorter
            return true
        }
        best.program.operations.removeSubrange((best.step + 1)...)
        var isShrinking = true
        while isShrinking, attempts < Comparison.attemptsMax {
            isShrinking = try leaveOut(of: { best.program }, isTaken)
            isShrinking = try simplify({ best.program }, isTaken) || isShrinking
        }
        return best
    }

    /// Leaves operations out, many at a time and then fewer; answers whether any could go.
    private func leaveOut(
        of current: () -> ModelProgram, _ isTaken: (ModelProgram) throws -> Bool
    ) rethrows -> Bool {
        var hasShrunk = false
        var length = max(current().operations.count / 2, 1)
        while length >= 1 {
            var start = 0
            while start < current().operations.count {
                var program = current()
                let end = min(start + length, program.operations.count)
                program.operations.removeSubrange(start..<end)
                if !program.operations.isEmpty, try isTaken(program) {
                    hasShrunk = true
                } else {
                    start += length
                }
            }
            length /= 2
        }
        return hasShrunk
    }

    /// Replaces operations by simpler ones as long as that goes; answers whether it did once.
    private func simplify(
        _ current: () -> ModelProgram, _ isTaken: (ModelProgram) throws -> Bool
    ) rethrows -> Bool {
        var hasShrunk = false
        for number in current().operations.indices.reversed() {
            var isSimpler = true
            while isSimpler {
                isSimpler = false
                guard number < current().operations.count else { break }
                for candidate in current().operations[number].simpler {
                    var program = current()
                    program.operations[number] = candidate
                    if try isTaken(program) {
                        isSimpler = true
                        hasShrunk = true
                        break
                    }
                }
            }
        }
        for program in current().withFewerIndexes where try isTaken(program) { return true }
        return hasShrunk
    }
}
