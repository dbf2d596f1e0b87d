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

    /// The shortest program and history that were found to end as the seed's does: nil where it ends well.
    /// - Parameter runsMax: how many shorter programs are tried.
    /// - Throws: as `run`.
    public static func shortest(seed: UInt64, runsMax: Int = 600) throws -> (program: String, Outcome)? {
        let first = Program(seed: seed)
        let outcome = try World(first, keepsTrace: false).run()
        guard let kind = outcome.findings.first?.kind else { return nil }
        var shrinker = Shrinker(kind: kind, runsLeft: runsMax)
        let program = try shrinker.shrink(first)
        return (program.description, try World(program, keepsTrace: true).run())
    }
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
