import Base
import Registry

/// What a step has to do with: the run's input and memory, and the way back to the engine. For the call it is handed to.
public final class RunContext {
    /// The run.
    public var run: RunID { preconditionFailure("skeleton") }
    /// The workflow's kind.
    public var kind: String { preconditionFailure("skeleton") }
    /// The tenant it is about, or nil.
    public var tenant: TenantID? { preconditionFailure("skeleton") }
    /// Who started it.
    public var actor: AuditActor { preconditionFailure("skeleton") }
    /// The step's attempts so far without getting on: 0 at the first call.
    public var attempt: Int { preconditionFailure("skeleton") }
    /// The registry.
    public let registry: Registry
    /// The engine's clock.
    public let clock: any Clock
    /// The engine's randomness.
    public let random: any RandomSource

    init(registry: Registry, clock: any Clock, random: any RandomSource) {
        self.registry = registry
        self.clock = clock
        self.random = random
    }

    /// The run's input.
    public func input<Input: Decodable>(as type: Input.Type = Input.self) throws -> Input {
        preconditionFailure("skeleton")
    }

    /// What an earlier call, of this or another step, remembered by that name; nil where nothing.
    public func value<Value: Decodable>(for name: String, as type: Value.Type = Value.self) throws -> Value? {
        preconditionFailure("skeleton")
    }

    /// Remembers a value (nil: forgets). Durable with the next `checkpoint` or when the call has returned.
    public func set<Value: Encodable>(_ value: Value?, for name: String) throws {
        preconditionFailure("skeleton")
    }

    /// What the run leaves when it has completed.
    public func setResult<Value: Encodable>(_ value: Value) throws { preconditionFailure("skeleton") }

    /// How far the run is; shown at once, durable with the next checkpoint.
    public var progress: RunProgress? {
        get { preconditionFailure("skeleton") }
        set { preconditionFailure("skeleton") }
    }

    /// Makes values and progress durable now, together with `transaction`: both are there or neither.
    /// - Throws: `RegistryError.conflict` where a condition of the transaction did not hold.
    public func checkpoint(with transaction: RegistryTransaction = RegistryTransaction()) throws {
        preconditionFailure("skeleton")
    }

    /// Adds changes to the commit that records this call's end: they are there if and only if the call counts. Where one of
    /// their conditions does not hold the call is repeated.
    public func stage(_ transaction: RegistryTransaction) { preconditionFailure("skeleton") }

    /// Whether the run is wanted to pause, to be undone, or the engine to stop. A long step looks at it between chunks and
    /// answers `.again(afterMilliseconds: 0)`; it is called again when the run goes on.
    public var isInterrupted: Bool { preconditionFailure("skeleton") }
}
