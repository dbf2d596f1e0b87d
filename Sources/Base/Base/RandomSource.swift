import Synchronization

/// Where random bytes come from. Handed in everywhere, so that a seed replays a run.
public protocol RandomSource: Sendable {
    /// That many random bytes.
    func bytes(_ count: Int) -> [UInt8]
}

/// The operating system's generator; fit for ids and secrets.
public struct SystemRandom: RandomSource {
    /// The operating system's generator.
    public init() {}

    /// That many bytes of the operating system's generator.
    public func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}

/// A generator that a seed determines (SplitMix64): for tests and simulations, never for secrets.
public final class SeededRandom: RandomSource, RandomNumberGenerator {
    private let state: Mutex<UInt64>

    /// The generator of this seed.
    public init(seed: UInt64) { state = Mutex(seed) }

    /// The next 64 bits.
    public func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// That many bytes, one of each eight-byte step.
    public func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 32) }
    }
}
