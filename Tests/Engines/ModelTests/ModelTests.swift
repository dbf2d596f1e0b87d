import Base
import TestKit
import Testing

/// The engine against the plain model, over random programs.
@Suite struct ModelTests {
    /// A divergence is reported as the shortest program that shows it.
    @Test func theEngineAnswersAsTheModelDoes() throws {
        try Fuzzer("engine against model", rounds: 60).run { random in
            var maker = ProgramMaker(random)
            let comparison = Comparison()
            guard let divergence = try comparison.divergence(of: maker.program()) else { return }
            throw try comparison.shortest(divergence)
        }
    }

    /// The programs reach what is to be compared: most operations succeed, and every refusal occurs.
    @Test func theProgramsReachEveryKindOfAnswer() {
        var found: [String: Int] = [:]
        for seed in 0..<UInt64(400) {
            var maker = ProgramMaker(SeededRandom(seed: seed))
            let program = maker.program()
            var model = ModelStore(tables: program.tables)
            for operation in program.operations {
                let answer = model.perform(operation)
                for kind in kinds(of: operation, answer) { found[kind, default: 0] += 1 }
            }
        }
        for kind in [
            "put done", "update done", "delete done", "batch done", "transaction done",
            "transaction cancelled",
            "transaction replayed", "transaction tokenMismatch", "items together", "get an item",
            "get nothing", "reopened", "write conditionFailed", "query of several pages",
            "query of 0 items", "query of 5 items", "scan of 5 items",
            "write invalid An operand in the update expression has ",
            "write invalid Attempting to store more than 38 signifi",
            "write invalid One or more parameter values were invali",
            "write invalid One or more parameter values are not val",
            "write invalid Item size has exceeded the maximum allow",
            "write invalid The document path provided in the update",
            "write invalid The provided expression refers to an att",
            "transaction invalid Transaction request cannot include multi",
        ] { #expect(found[kind, default: 0] > 0, "\(kind)") }
        #expect(found["update done", default: 0] > 400)
    }

    private func kinds(of operation: ModelOperation, _ answer: ModelAnswer) -> [String] {
        let name = "\(operation)".prefix { $0.isLetter }
        switch answer {
        case .refused(.invalid(let texts)): return texts.map { "\(name) invalid \($0.prefix(40))" }
        case .refused(.conditionFailed): return ["\(name) conditionFailed"]
        case .refused(.cancelled): return ["\(name) cancelled"]
        case .refused(.tokenMismatch): return ["\(name) tokenMismatch"]
        case .refused(.other): return ["\(name) other"]
        case .outcomes(let outcomes) where outcomes.contains { $0.isReplay }: return ["\(name) replayed"]
        case .outcomes:
            if case .write(let write) = operation {
                return ["\("\(write.action)".prefix { $0.isLetter }) done"]
            }
            return ["\(name) done"]
        case .items: return ["items together"]
        case .item(let item): return ["get \(item == nil ? "nothing" : "an item")"]
        case .pages(let pages):
            return [
                pages.count > 1 ? "query of several pages" : "query of one page",
                "query of \(min(pages.reduce(0) { $0 + $1.scannedCount }, 5)) items",
            ]
        case .scanned(let scanned): return ["scan of \(min(scanned.scannedCount, 5)) items"]
        case .reopened: return ["reopened"]
        }
    }

    /// A model with one rule wrong must be found out, and by a program that a reader takes in at a glance.
    @Test(arguments: ModelRule.allCases)
    func aWrongRuleIsFoundAndShownInThreeOperations(_ rule: ModelRule) throws {
        let comparison = Comparison(rules: [rule])
        for seed in 0..<UInt64(2000) {
            var maker = ProgramMaker(SeededRandom(seed: seed))
            let program = maker.program()
            // The engine is asked only where the rule makes a difference.
            guard answers(program, []) != answers(program, [rule]) else { continue }
            let divergence = try #require(try comparison.divergence(of: program))
            let shortest = try comparison.shortest(divergence)
            #expect(shortest.program.operations.count <= 3, "\(shortest)")
            // The right model agrees with the engine about it: the rule alone is at fault.
            #expect(try Comparison().divergence(of: shortest.program) == nil)
            return
        }
        Issue.record("no program in 2,000 shows that \(rule) is wrong")
    }

    private func answers(_ program: ModelProgram, _ rules: ModelRules) -> [ModelAnswer] {
        var model = ModelStore(tables: program.tables, rules: rules)
        return program.operations.map { model.perform($0) }
    }
}
