#if MUTANTS
    import Base
#endif

/// Runs the whole system, from the gateway to the disk, on a seeded clock, scheduler and disk.
public enum Simulation {
    /// Runs the program of the seed.
    /// - Throws: where the simulation's own constants are wrong.
    public static func run(seed: UInt64, keepsTrace: Bool = false) throws -> Outcome {
        try World(Program(seed: seed), keepsTrace: keepsTrace).run()
    }

    /// The program of the seed, for people.
    public static func describe(seed: UInt64) -> String { Program(seed: seed).description }

    /// The shortest program and history that were found to end as the seed's does, and the program as a test keeps it: nil where it ends well.
    /// - Parameter runsMax: how many shorter programs are tried.
    /// - Throws: as `run`.
    public static func shortest(
        seed: UInt64, runsMax: Int = 600
    ) throws -> (program: String, literal: String, Outcome)? {
        let first = Program(seed: seed)
        let outcome = try World(first, keepsTrace: false).run()
        guard let kind = outcome.findings.first?.kind else { return nil }
        var shrinker = Shrinker(runsLeft: runsMax) { program in
            try World(program, keepsTrace: false).run().findings.contains { $0.kind == kind }
        }
        let program = try shrinker.shrink(first)
        return (program.description, program.literal, try World(program, keepsTrace: true).run())
    }

    /// Runs a program that was kept.
    static func run(_ program: Program) throws -> Outcome { try World(program, keepsTrace: false).run() }
}

extension Simulation {
    /// The names of the deliberate faults that are compiled in.
    public static var mutants: [String] {
        #if MUTANTS
            Mutant.allCases.map(\.rawValue)
        #else
            []
        #endif
    }
}
