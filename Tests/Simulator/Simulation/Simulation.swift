/// Runs the whole system, from the gateway to the disk, on a seeded clock, scheduler and disk.
public enum Simulation {
    /// Runs the program of the seed.
    /// - Throws: where the simulation's own constants are wrong.
    public static func run(seed: UInt64, keepsTrace: Bool = false) throws -> Outcome {
        try World(Program(seed: seed), keepsTrace: keepsTrace).run()
    }
}
