import Base
import Registry
import Tables
import Tenancy
import Workflows

/// Onboards districts, adds schools, suspends and resumes, and tells what there is.
///
/// Calls wait for the registry, some for a run: they belong on threads that may wait. Besides `TenantError`
/// they throw what the registry (`RegistryError`) and the workflow engine (`WorkflowError`: a reused key, a
/// stopped engine) throw.
public struct TenantService: Sendable {
    /// How long a caller who says nothing else waits for a run.
    public static let waitMillisecondsDefault = 30_000

    let registry: Registry
    let engine: WorkflowEngine
    let catalog: Catalog
    private let secrets: KeySecrets
    private let random: any RandomSource
    let clock: any Clock
    private let capacity: CapacityCheck
    private let tenantCount: @Sendable () -> Int

    /// The service of an engine that knows `workflows(registry:placements:stores:secrets:)` of the same
    /// catalog and secrets.
    /// - Parameters:
    ///   - capacity: asked before anything is made.
    ///   - tenantCount: how many tenants there are that are not gone.
    public init(
        registry: Registry, engine: WorkflowEngine, catalog: Catalog, secrets: KeySecrets,
        random: any RandomSource, clock: any Clock = SystemClock(),
        capacity: CapacityCheck = .unlimited, tenantCount: @escaping @Sendable () -> Int = { 0 }
    ) {
        self.registry = registry
        self.engine = engine
        self.catalog = catalog
        self.secrets = secrets
        self.random = random
        self.clock = clock
        self.capacity = capacity
        self.tenantCount = tenantCount
    }

    /// The workflows that the engine must know.
    /// - Parameter forget: removes what others keep of a tenant whose onboarding is taken back.
    public static func workflows(
        registry: Registry, placements: Placements, stores: any StoreProvider, secrets: KeySecrets,
        forget: @escaping @Sendable (TenantID) throws -> Void = { _ in }
    ) -> [any Workflow] {
        [
            OnboardingWorkflow(
                registry: registry, placements: placements, stores: stores, secrets: secrets, forget: forget),
            SchoolWorkflow(placements: placements, stores: stores),
        ]
    }

    // MARK: Onboarding

    /// Starts the onboarding of a district, or finds the run that the key stands for.
    ///
    /// A request that is refused for itself (its tier, its number of schools, a name that is taken) leaves no
    /// run.
    /// - Parameters:
    ///   - idempotencyKey: the same key with the same request answers the same run.
    ///   - retriesUndone: whether a key whose run failed and was taken back stands for a new attempt. For
    ///   imports that are run again.
    /// - Throws: `TenantError`; `WorkflowError.keyReused` where the key came with another request.
    public func startOnboarding(
        _ request: OnboardingRequest, idempotencyKey: String? = nil, actor: AuditActor = .system,
        retriesUndone: Bool = false
    ) throws -> RunID {
        var key = idempotencyKey
        var isKnown = try key.map(isKnown) ?? false
        if retriesUndone, isKnown, let idempotencyKey {
            (key, isKnown) = try keyOfNextAttempt(idempotencyKey)
        }
        if !isKnown {
            try checkCapacity(for: try request.checkedTier(catalog))
            let reserved = try registry.read(
                NameReservation.self, NameReservation.folded(request.name.text))
            if let reserved, !request.allowsDuplicateName {
                // The key may have become known since: then its own run may hold the name.
                let isOurs = try key.map(self.isKnown) ?? false
                guard isOurs else { throw TenantError.nameTaken(request.name.text, by: reserved.tenant) }
            }
        }
        return try engine.start(
            kind: OnboardingWorkflow.kind, input: request, tenant: TenantID(random: random),
            idempotencyKey: key, actor: actor)
    }

    /// Starts the onboarding of a district and waits for its end, at most so long.
    /// - Throws: as `startOnboarding`, and the `TenantError` that made the run fail.
    public func onboard(
        _ request: OnboardingRequest, idempotencyKey: String? = nil, actor: AuditActor = .system,
        retriesUndone: Bool = false, waitMilliseconds: Int = TenantService.waitMillisecondsDefault
    ) throws -> OnboardingOutcome {
        let run = try startOnboarding(
            request, idempotencyKey: idempotencyKey, actor: actor, retriesUndone: retriesUndone)
        return try onboardingOutcome(of: run, waitMilliseconds: waitMilliseconds)
    }

    /// What has become of an onboarding, after waiting for it at most so long.
    /// - Throws: the `TenantError` that made it fail; `WorkflowError.noSuchRun`, also for another kind of
    ///   run.
    public func onboardingOutcome(of run: RunID, waitMilliseconds: Int = 0) throws -> OnboardingOutcome {
        let record = try engine.wait(for: run, timeoutMilliseconds: waitMilliseconds)
        guard record.kind == OnboardingWorkflow.kind else { throw WorkflowError.noSuchRun(run) }
        guard try isCompleted(record),
            let result = try Self.result(of: record, as: OnboardingResult.self)
        else { return .underWay(run) }
        return .done(
            OnboardedTenant(
                run: run, details: try details(of: result.tenant),
                credential: try firstCredential(result.credential)))
    }

    /// Refuses a tenant more of this tier where there is no room for it.
    private func checkCapacity(for tier: Tier) throws(TenantError) {
        do throws(NoCapacity) {
            try capacity.require(tenantBeside: tenantCount())
            if tier.isDedicated { try capacity.require(stores: 1) } else { try capacity.require(bytes: 0) }
        } catch { throw .noCapacity(error.description) }
    }

    /// The key with its secret, unless it has been disabled or deleted since.
    private func firstCredential(_ id: String) throws -> FirstCredential? {
        guard let record = try registry.read(CredentialRecord.self, id), !record.isDisabled else {
            return nil
        }
        let secret = secrets.derive(id)
        guard secrets.digest(secret) == record.secretDigest else { return nil }
        return FirstCredential(id: id, secret: secret)
    }

    private func isKnown(_ key: String) throws -> Bool {
        guard (1...Limits.idempotencyKeyBytesMax).contains(key.utf8.count) else {
            throw WorkflowError.invalidKey(key)
        }
        return try registry.read(IdempotencyRecord.self, key) != nil
    }

    /// The key of the newest attempt that has not been taken back, or a new one.
    private func keyOfNextAttempt(_ key: String) throws -> (key: String, isKnown: Bool) {
        var attemptKey = key
        for attempt in 2...Limits.retriedRunsMax {
            guard let entry = try registry.read(IdempotencyRecord.self, attemptKey) else {
                return (attemptKey, false)
            }
            guard try registry.require(RunRecord.self, entry.run).state == .undone else { break }
            attemptKey = "\(key)#\(attempt)"
        }
        return (attemptKey, true)
    }

    // MARK: Schools

    /// Adds a school to a tenant, with its first items, and waits for it at most so long. The same key with
    /// the same request answers the same school.
    /// - Throws: `TenantError`: no such tenant, not onboarded yet, the tier's limit, a name that the tenant
    ///   has already.
    public func addSchool(
        _ name: String, to tenant: TenantID, allowsDuplicateName: Bool = false, idempotencyKey: String? = nil,
        actor: AuditActor = .system, waitMilliseconds: Int = TenantService.waitMillisecondsDefault
    ) throws -> SchoolOutcome {
        let request = SchoolRequest(
            tenant: tenant, name: try OnboardingRequest.schoolName(name),
            allowsDuplicateName: allowsDuplicateName)
        let record = try self.record(of: tenant)
        if try idempotencyKey.map(isKnown) != true {
            try request.check(record, catalog, at: clock.now())
        }
        let run = try engine.start(
            kind: SchoolWorkflow.kind, input: request, tenant: tenant, idempotencyKey: idempotencyKey,
            actor: actor)
        return try schoolOutcome(of: run, waitMilliseconds: waitMilliseconds)
    }

    /// What has become of the adding of a school, after waiting for it at most so long.
    /// - Throws: the `TenantError` that made it fail; `WorkflowError.noSuchRun`, also for another kind of
    ///   run.
    public func schoolOutcome(of run: RunID, waitMilliseconds: Int = 0) throws -> SchoolOutcome {
        let record = try engine.wait(for: run, timeoutMilliseconds: waitMilliseconds)
        guard record.kind == SchoolWorkflow.kind else { throw WorkflowError.noSuchRun(run) }
        guard try isCompleted(record), let added = try Self.result(of: record, as: AddedSchool.self) else {
            return .underWay(run)
        }
        return .done(run: run, added.school, grace: added.grace)
    }

    // MARK: Runs

    /// Whether the run has done its work; false while it is under way.
    /// - Throws: the `TenantError` that made it fail.
    private func isCompleted(_ record: RunRecord) throws -> Bool {
        let reason: String
        switch record.state {
        case .completed: return true
        case .pending, .running, .waiting, .paused, .undoing: return false
        case .failed(let text): reason = text
        case .undone: if case .backward(let text) = record.direction { reason = text } else { reason = "" }
        }
        if let text = record.values[OnboardingMemory.refusal] {
            throw try Self.decoded(text, as: TenantError.self)
        }
        let step = record.steps.first { $0.lastError != nil } ?? record.step
        throw TenantError.runFailed(record.id, step: step?.name ?? "its start", reason: reason)
    }
}
