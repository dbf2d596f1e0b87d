import Base
import TestKit
import Testing

@testable import Proofs

@Suite struct AccessSolverTests {
    private static func formula(_ atoms: Int, depth: Int, _ random: inout SeededRandom) -> AccessFormula {
        switch Int.random(in: 0..<(depth == 0 ? 2 : 5), using: &random) {
        case 0: return .atom(Int.random(in: 0..<atoms, using: &random))
        case 1: return .not(.atom(Int.random(in: 0..<atoms, using: &random)))
        case 2: return .negated(formula(atoms, depth: depth - 1, &random))
        case 3: return .both((0..<3).map { _ in formula(atoms, depth: depth - 1, &random) })
        default: return .either((0..<3).map { _ in formula(atoms, depth: depth - 1, &random) })
        }
    }

    private static func isTrue(_ formula: AccessFormula, _ values: (Int) -> Bool) -> Bool {
        switch formula {
        case .constant(let isTrue): isTrue
        case .atom(let atom): values(atom)
        case .not(let inner): !isTrue(inner, values)
        case .all(let parts): parts.allSatisfy { isTrue($0, values) }
        case .any(let parts): parts.contains { isTrue($0, values) }
        }
    }

    @Test func fuzzAgreesWithEveryAssignment() throws {
        try Fuzzer("solver", rounds: 400).run { random in
            var random = random
            let atoms = Int.random(in: 1...6, using: &random)
            let wanted = (0..<4).map { _ in Self.formula(atoms, depth: 3, &random) }
            var solver = AccessSolver(atomCount: atoms)
            for formula in wanted { solver.demand(formula) }
            let clause = (0..<2).map { _ in
                (atom: Int.random(in: 0..<atoms, using: &random), isTrue: Bool.random(using: &random))
            }
            solver.demand(oneOf: clause)
            let isPossible = (0..<(1 << atoms)).contains { bits in
                let value: (Int) -> Bool = { bits >> $0 & 1 == 1 }
                return wanted.allSatisfy { Self.isTrue($0, value) }
                    && clause.contains { value($0.atom) == $0.isTrue }
            }
            switch solver.solve(decisionsMax: 100_000) {
            case .none: try #require(!isPossible)
            case .tooHard: Issue.record("six atoms are not too hard")
            case .found(let values):
                try #require(isPossible)
                // What does not matter may be either.
                let value: (Int) -> Bool = { values[$0] ?? false }
                try #require(wanted.allSatisfy { Self.isTrue($0, value) })
            }
        }
    }

    @Test func givesUpAtItsLimit() {
        // Pigeons: seven of them, six holes.
        var solver = AccessSolver(atomCount: 42)
        for pigeon in 0..<7 { solver.demand(oneOf: (0..<6).map { (pigeon * 6 + $0, true) }) }
        for hole in 0..<6 {
            for one in 0..<7 {
                for other in 0..<one {
                    solver.demand(oneOf: [(one * 6 + hole, false), (other * 6 + hole, false)])
                }
            }
        }
        #expect(solver.solve(decisionsMax: 10) == .tooHard)
        #expect(solver.solve(decisionsMax: 1_000_000) == .none)
    }
}
