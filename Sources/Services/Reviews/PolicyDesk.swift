import Base
import Policies
import Registry
import Synchronization
import Tenancy

/// Puts policies in force, and knows which are.
///
/// What is in force in this process is what the registry says is in force: an activation is stored in one transaction and then
/// put in force, in one turn; where nobody knows whether the transaction was written the registry is asked.
public final class PolicyDesk: Sendable {
    /// What is to be put in force.
    public struct Wish: Sendable {
        /// Who wishes it.
        public let actor: AuditActor
        /// Whether they may accept a risk.
        public let mayAcceptRisk: Bool
        /// Why a risk with it is taken, where one is; nil where none is to be taken.
        public var acceptRisk: String?
        /// What is to be remembered of it.
        public var note: String?
        /// The version that they think is in force; nil where they do not mind.
        public var expectedVersion: Int?
        /// Whether they only want to know what would come of it.
        public var isDryRun = false

        /// A wish.
        public init(
            actor: AuditActor, mayAcceptRisk: Bool, acceptRisk: String? = nil, note: String? = nil,
            expectedVersion: Int? = nil, isDryRun: Bool = false
        ) {
            self.actor = actor
            self.mayAcceptRisk = mayAcceptRisk
            self.acceptRisk = acceptRisk
            self.note = note
            self.expectedVersion = expectedVersion
            self.isDryRun = isDryRun
        }
    }

    /// What came of a wish.
    public enum Outcome: Sendable {
        /// This version is in force.
        case activated(PolicyVersionRecord)
        /// The files are those in force: nothing was done.
        case unchanged
        /// Nothing is in the way, and only that was asked.
        case possible
        /// It was refused: see the gate's report, and `missing`.
        case refused(Refusal)
    }

    /// Why something was refused.
    public enum Refusal: Hashable, Sendable {
        /// Files that cannot be read, errors, failed cases.
        case faulty
        /// Roles are not proved, and nobody has accepted it.
        case risky
        /// Roles are not proved, and who accepted it may not.
        case reviewerNeeded
    }

    /// What came of a wish, and why.
    public struct Answer: Sendable {
        /// What came of it.
        public let outcome: Outcome
        /// Where the files come from.
        public let origin: PolicyVersionRecord.Origin
        /// The version that was in force before.
        public let before: PolicyVersionRecord
        /// How the files differ from those that were in force.
        public let changes: PolicyFileChanges
        /// What the gate found.
        public let gate: PolicyGateReport
        /// Whether that is all that was asked.
        public let isDryRun: Bool
    }

    /// The versions.
    public let versions: PolicyVersions
    private let gate: PolicyGate
    private let clock: any Clock
    private let putInForce: @Sendable (PolicyCatalog) -> Void
    private let state: Mutex<State>
    /// Held from before a commit until its policies are in force, so that they come in the order of the commits.
    private let turn = Mutex<Void>(())

    private struct State: Sendable {
        var loaded: LoadedPolicies
        /// Whether a commit failed of which nobody knows whether it was written.
        var isInDoubt = false
    }

    /// A desk.
    /// - Parameters:
    ///   - loaded: what is in force, by the registry and by whoever `putInForce` tells.
    ///   - putInForce: called with each set of policies that takes the place of the one before; for every request that is
    ///     decided after it returns they must hold.
    public init(
        versions: PolicyVersions, gate: PolicyGate, loaded: LoadedPolicies, clock: any Clock,
        putInForce: @escaping @Sendable (PolicyCatalog) -> Void
    ) {
        self.versions = versions
        self.gate = gate
        self.clock = clock
        self.putInForce = putInForce
        state = Mutex(State(loaded: loaded))
    }

    /// What is in force.
    public var active: LoadedPolicies { state.withLock { $0.loaded } }

    /// The files in force.
    public var activeFiles: PolicyFiles { active.files }

    /// Looks at files and puts them in force where nothing is in the way.
    /// - Throws: `PolicyActivationError`; what the registry throws.
    public func activate(_ files: PolicyFiles, _ wish: Wish) throws -> Answer {
        try activate(files, .activation, wish)
    }

    /// Looks at the files of an earlier version and puts them in force again where nothing is in the way.
    /// - Parameter number: the version; nil for the one before the one whose files are in force.
    /// - Throws: `PolicyActivationError`; what the registry throws.
    public func rollBack(to number: Int?, _ wish: Wish) throws -> Answer {
        try settle()
        let target = try number ?? numberBefore(active.record)
        return try activate(try versions.read(target).files, .rollback(of: target), wish)
    }

    /// Asks the registry what is in force, where a failed commit has left that open.
    /// - Throws: what the registry throws: then it stays open, and the old policies in force.
    public func settle() throws {
        guard state.withLock({ $0.isInDoubt }) else { return }
        try turn.withLock { _ in try settleInTurn() }
    }

    /// The version before the one whose files are in force: after a rollback, the one before that version.
    private func numberBefore(_ record: PolicyVersionRecord) throws -> Int {
        var origin = record.id
        if case .rollback(let number) = record.origin { origin = number }
        guard let before = try versions.newest(before: origin, otherThan: record.digest) else {
            throw PolicyActivationError.nothingBefore(record.id)
        }
        return before.id
    }

    private func activate(
        _ files: PolicyFiles, _ origin: PolicyVersionRecord.Origin, _ wish: Wish
    ) throws -> Answer {
        try wish.check()
        try settle()
        let before = active
        try wish.check(before.record.id)
        let report = gate.look(at: files)
        let changes = files.changes(since: before.files)
        func answer(_ outcome: Outcome) -> Answer {
            Answer(
                outcome: outcome, origin: origin, before: before.record, changes: changes, gate: report,
                isDryRun: wish.isDryRun)
        }
        // What is in force stays so whatever is found in it: refusing it would take nothing out of force.
        guard !changes.isEmpty else { return answer(.unchanged) }
        if let refusal = wish.refusal(of: report) {
            if !wish.isDryRun { try versions.note(wish.note(of: refusal, report, origin)) }
            return answer(.refused(refusal))
        }
        guard !wish.isDryRun, let policies = report.policies else { return answer(.possible) }
        let record = wish.record(
            number: before.record.id + 1, files, origin, report, changes, now: clock.now())
        try commit(LoadedPolicies(record: record, files: files, policies: policies), over: before)
        return answer(.activated(record))
    }

    private func commit(_ new: LoadedPolicies, over before: LoadedPolicies) throws {
        try turn.withLock { _ in
            try settleInTurn()
            let current = active.record.id
            guard let stored = try versions.active(), stored.number == before.record.id,
                current == before.record.id
            else { throw PolicyActivationError.overtaken(expected: before.record.id, found: current) }
            do throws(RegistryError) {
                try versions.commit(
                    new.record, new.files, over: stored, audit: new.record.auditNotes(over: before.record))
            } catch {
                guard case .table = error else { throw error }
                state.withLock { $0.isInDoubt = true }
                try settleInTurn()
                guard active.record.id == new.record.id else { throw error }
                return
            }
            show(new)
        }
    }

    private func settleInTurn() throws {
        guard state.withLock({ $0.isInDoubt }) else { return }
        guard let loaded = try versions.loadActive() else {
            preconditionFailure("a version that was in force is stored")
        }
        if loaded.record.id != active.record.id { show(loaded) }
        state.withLock { $0.isInDoubt = false }
    }

    /// The gateway first: whoever reads the desk's state finds it in force.
    private func show(_ loaded: LoadedPolicies) {
        putInForce(loaded.policies)
        state.withLock { $0.loaded = loaded }
    }
}
