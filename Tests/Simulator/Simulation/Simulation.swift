#if MUTANTS
    import Base
#endif

/// Runs the whole system, from the gateway to the disk, on a seeded clock, scheduler and disk.
public enum Simulation {
    /// Runs the program of the seed.
    /// - Throws: where the simulation's own constants are wrong.
    public static func run(seed: UInt64) throws -> Outcome { try run(Program(seed: seed)) }

    /// Runs a program that was kept.
    static func run(_ program: Program) throws -> Outcome { try World(program).run() }
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
