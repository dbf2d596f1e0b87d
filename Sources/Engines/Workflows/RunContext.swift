import Base
import Registry

/// What a step has to do with: the run's input and memory, and the way back to the engine. For the call it is
/// handed to.
public final class RunContext {
    /// The registry.
    public let registry: Registry
    /// The engine's clock.
    public let clock: any Clock
    /// The engine's randomness.
    public let random: any RandomSource

    private let session: RunSession
    private let isStopping: () -> Bool
    private(set) var staged = RegistryTransaction()

    init(_ session: RunSession, clock: any Clock, random: any RandomSource, isStopping: @escaping () -> Bool)
    {
        self.session = session
        registry = session.registry
        self.clock = clock
        self.random = random
        self.isStopping = isStopping
    }

    /// The run's record, as the step sees it.
    public var record: RunRecord { session.record }
    /// The run.
    public var run: RunID { record.id }
    /// The workflow's kind.
    public var kind: String { record.kind }
    /// The tenant it is about, or nil.
    public var tenant: TenantID? { record.tenant }
    /// Who started it.
    public var actor: AuditActor { record.actor }
    /// The step's attempts so far without getting on: 0 at the first call.
    public var attempt: Int { record.step?.attempts ?? 0 }

    /// The run's input.
    /// - Throws: `DecodingError` where it is of another type.
    public func input<Input: Decodable>(as type: Input.Type = Input.self) throws -> Input {
        try RunText.decoded(record.input, as: type)
    }

    /// What an earlier call, of this or another step, remembered by that name; nil where nothing.
    /// - Throws: `DecodingError` where it is of another type.
    public func value<Value: Decodable>(for name: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let text = record.values[name] else { return nil }
        return try RunText.decoded(text, as: type)
    }

    /// Remembers a value. Durable with the next `checkpoint`, or when the call has returned; forgotten where
    /// it throws.
    /// - Throws: `WorkflowError.tooLarge` where the run's values would be too large together.
    public func set<Value: Encodable>(_ value: Value, for name: String) throws {
        session.record.values[name] = try text(value, for: name)
    }

    /// A value that the run will remember with a checkpoint, encoded together with the rest of its record, which takes about as long as
    /// a commit: for who has the time before somebody waits for it.
    /// - Throws: as `set`.
    public func prepared<Value: Encodable>(_ value: Value, for name: String) throws -> PreparedValue {
        try session.prepared(try text(value, for: name), for: name)
    }

    private func text<Value: Encodable>(_ value: Value, for name: String) throws -> String {
        let text = try RunText.encoded(value)
        let others = record.values.reduce(0) { $0 + ($1.key == name ? 0 : $1.value.utf8.count) }
        try check(others + text.utf8.count, max: Limits.runValuesBytesMax)
        return text
    }

    /// Forgets a value.
    public func removeValue(for name: String) { session.record.values[name] = nil }

    /// Sets what the run leaves when it has completed.
    /// - Throws: `WorkflowError.tooLarge`.
    public func setResult<Value: Encodable>(_ value: Value) throws {
        let text = try RunText.encoded(value)
        try check(text.utf8.count, max: Limits.runResultBytesMax)
        session.record.result = text
    }

    /// How far the run is; shown at once, durable with the next checkpoint. Rate and time left are worked out of what was set
    /// before.
    public var progress: RunProgress? {
        get { record.progress }
        set { session.show(newValue) }
    }

    /// Why this call gets nowhere, although it remembers and shows new figures: what somebody reads of a run that becomes stuck.
    /// Nil, as at the start of each call, where it gets on.
    public var standstill: String? {
        get { session.standstill }
        set { session.standstill = newValue }
    }

    /// How many items a second the run may do at most, as somebody asked while it runs; nil where nobody did.
    public var itemsPerSecondMax: Int? { record.itemsPerSecondMax }

    /// Makes values and progress durable now, together with `transaction` and what was `prepared`: all are there or nothing.
    /// - Parameters:
    ///   - value: what the run remembers from this commit on, and not where it is not made.
    ///   - condition: what must have come about first. Called when all is encoded, and again where somebody asks something of the
    ///     run meanwhile; what it throws ends the call, and nothing is durable.
    /// - Throws: `RegistryError.conflict` where a condition of the changes did not hold.
    public func checkpoint(
        with transaction: RegistryTransaction = RegistryTransaction(),
        prepared: PreparedTransaction = PreparedTransaction(), remembering value: PreparedValue? = nil,
        after condition: () throws -> Void = {}
    ) throws {
        try session.commit(with: prepared, remembering: value, after: condition) { _ in transaction }
        if record.wanted != .none { session.live.interrupt() }
    }

    /// Adds changes to the commit that records this call's end: they are there if and only if the call
    /// counts. Where one of their conditions does not hold the call is repeated.
    public func stage(_ transaction: RegistryTransaction) { staged.append(transaction) }

    /// Makes what was staged durable now: for tests that repeat a step whose commit was there already.
    /// - Throws: as `checkpoint`.
    package func commitStaged() throws {
        let transaction = staged
        staged = RegistryTransaction()
        try checkpoint(with: transaction)
    }

    /// Whether the run is wanted to pause, to be undone, or the engine to stop. A long step looks at it
    /// between chunks and answers `.again(afterMilliseconds: 0)`; it is called again when the run goes on.
    public var isInterrupted: Bool { session.live.isInterrupted || isStopping() }

    private func check(_ bytes: Int, max: Int) throws {
        guard bytes <= max else { throw WorkflowError.tooLarge(bytes: bytes, max: max) }
    }
}
