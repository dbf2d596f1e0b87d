import Base
import Registry
import Synchronization
import Tenancy
import Workflows

/// Starts the backups that are due by the catalog, a few at once, and deletes those that have expired.
public final class BackupScheduler: Sendable {
    private struct State {
        var lookedAt: UInt64?
        /// Tenants whose backups are due, the one that has waited longest first.
        var due: [TenantID] = []
        var figures: [TierName: BackupFigures] = [:]
        var deletionFailures = 0
    }

    private let environment: BackupEnvironment
    private let backups: TenantBackups
    private let engine: WorkflowEngine
    private let clock: any Clock
    private let state = Mutex(State())

    /// The schedule of this environment's catalog.
    public init(
        environment: BackupEnvironment, backups: TenantBackups, engine: WorkflowEngine, clock: any Clock
    ) {
        self.environment = environment
        self.backups = backups
        self.engine = engine
        self.clock = clock
    }

    /// How the backups of each tier stand, as of the last look.
    public func figures() -> [TierName: BackupFigures] { state.withLock { $0.figures } }

    /// Looks at whose backups are due, if it is time to, and starts as many as may be under way at once.
    public func round(isStopping: () -> Bool = { false }) throws {
        let monotonic = clock.monotonicNanoseconds()
        let isTime = state.withLock { state in
            state.lookedAt.map { monotonic - $0 >= UInt64(Limits.backupLookSeconds) * 1_000_000_000 } ?? true
        }
        if isTime {
            try look(isStopping: isStopping)
            state.withLock { $0.lookedAt = monotonic }
        }
        var free = try Limits.scheduledBackupsAtOnceMax - openCount()
        while free > 0, !isStopping(),
            let tenant = state.withLock({ $0.due.isEmpty ? nil : $0.due.removeFirst() })
        {
            if try start(tenant) { free -= 1 }
        }
    }

    /// Deletes backups whose time has passed, by the clock; what a run left that did not come to its end too.
    /// - Returns: how many were deleted.
    @discardableResult
    public func deleteExpired(isStopping: () -> Bool = { false }) throws -> Int {
        let now = clock.now()
        var expired: [BackupID] = []
        try environment.registry.forEach(TenantBackup.self) { backup in
            guard expired.count < Limits.expiredBackupsPerRoundMax else { return }
            if let end = backup.expiresAt, end <= now { expired.append(backup.id) }
        }
        var deleted = 0
        for id in expired where !isStopping() {
            do {
                if try backups.delete(id, reason: "expired", actor: .system) != nil { deleted += 1 }
            } catch TenantBackupError.inUse { continue }
        }
        return deleted
    }

    // MARK: The schedule

    /// How many scheduled backups are under way.
    private func openCount() throws -> Int {
        var runs: [RunID] = []
        try environment.registry.forEach(OpenRun.self) { runs.append($0.id) }
        return try runs.count { run in
            guard let record = try environment.registry.read(RunRecord.self, run) else { return false }
            switch record.state {
            case .failed, .paused: return false
            case .pending, .running, .waiting, .undoing, .undone, .completed:
                return record.kind == BackupWorkflow.runKind
            }
        }
    }

    private func look(isStopping: () -> Bool) throws {
        var tenants: [TenantRecord] = []
        try environment.registry.forEach(TenantRecord.self) { tenants.append($0) }
        let now = clock.now()
        var due: [(tenant: TenantID, since: Timestamp)] = []
        var figures: [TierName: BackupFigures] = [:]
        for tenant in tenants where !isStopping() {
            guard let timetable = timetable(of: tenant) else { continue }
            let schedule = try settle(tenant.id)
            figures[tenant.tier, default: BackupFigures()].add(schedule, createdAt: tenant.createdAt)
            if timetable.due(schedule, createdAt: tenant.createdAt, now: now) != .nothing {
                due.append((tenant.id, schedule?.madeAt ?? tenant.createdAt))
            }
        }
        due.sort { $0.since < $1.since }
        let waiting = Array(due.prefix(Limits.dueBackupsMax).map(\.tenant))
        state.withLock { state in
            state.due = waiting
            state.figures = figures
        }
    }

    /// The timetable of a tenant that is backed up by schedule; nil of others.
    private func timetable(of tenant: TenantRecord) -> BackupTimetable? {
        switch tenant.state {
        case .active, .suspended: break
        case .onboarding, .offboarding, .gone: return nil
        }
        guard let plan = environment.plan(of: tenant), plan.everyHours > 0 else { return nil }
        return BackupTimetable(everyHours: plan.everyHours, tenant: tenant.id)
    }

    /// The tenant's schedule, once the end of its last run is noted.
    private func settle(_ tenant: TenantID) throws -> BackupSchedule? {
        guard let schedule = try environment.registry.read(BackupSchedule.self, tenant) else { return nil }
        guard let run = schedule.run else { return schedule }
        let record = try environment.registry.read(RunRecord.self, run)
        switch record?.state {
        case .pending, .running, .waiting, .undoing, .paused: return schedule
        case .completed:
            return try environment.registry.update(BackupSchedule.self, tenant) { schedule, _ in
                schedule.run = nil
                schedule.madeAt = record?.createdAt
                schedule.failures = 0
                schedule.failedAt = nil
                schedule.failure = nil
            }
        case .undone, .failed, nil:
            let now = clock.now()
            return try environment.registry.update(BackupSchedule.self, tenant) { schedule, _ in
                schedule.run = nil
                schedule.failures += 1
                schedule.failedAt = now
                schedule.failure = record?.failureReason
            }
        }
    }

    /// Starts the tenant's backup, if it still is due; whether it was.
    private func start(_ id: TenantID) throws -> Bool {
        let registry = environment.registry
        guard let tenant = try registry.read(TenantRecord.self, id), let timetable = timetable(of: tenant)
        else { return false }
        let known = try settle(id)
        if known?.run != nil { return false }
        let now = clock.now()
        var schedule = known ?? BackupSchedule(id: id, interval: timetable.interval(at: now))
        switch timetable.due(known, createdAt: tenant.createdAt, now: now) {
        case .nothing: return false
        case .retry: schedule.failedAt = now
        case .backup(let interval, let missed):
            schedule.interval = interval
            schedule.missed += missed
        }
        // By tenant, interval and attempt: a crash between the run and the note of it finds the same run again.
        let key = "tenant.backup.\(id).\(schedule.interval.milliseconds).\(schedule.version)"
        let run = try engine.start(
            kind: BackupWorkflow.runKind, input: BackupInput(tenant: id, purpose: .schedule), tenant: id,
            idempotencyKey: key)
        schedule.run = run
        try registry.transact(
            RegistryTransaction([known == nil ? .insert(schedule) : .replace(schedule)]))
        return true
    }
}

extension RunRecord {
    /// Why it went back or stopped.
    var failureReason: String? {
        if case .failed(let reason) = state { return reason }
        if case .backward(let reason) = direction { return reason }
        return nil
    }
}

/// How the scheduled backups of a tier's tenants stand.
public struct BackupFigures: Hashable, Sendable {
    /// Tenants that are backed up by schedule.
    public var tenants = 0
    /// The newest backup of the tenant whose newest is the oldest; of a tenant without any, when it was made.
    public var oldest: Timestamp?
    /// Tenants whose last backup failed.
    public var failing = 0
    /// Intervals that passed without a backup.
    public var missed = 0

    mutating func add(_ schedule: BackupSchedule?, createdAt: Timestamp) {
        tenants += 1
        let newest = schedule?.madeAt ?? createdAt
        oldest = oldest.map { min($0, newest) } ?? newest
        if let schedule, schedule.failures > 0 { failing += 1 }
        missed += schedule?.missed ?? 0
    }
}
