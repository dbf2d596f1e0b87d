import Base
import Registry
import Tables
import Workflows

/// What is told of usage to whoever asks for it.
public struct UsageDesk: Sendable {
    private let store: UsageStore
    private let meter: UsageMeter
    private let recounter: UsageRecounter

    /// What these know.
    public init(store: UsageStore, meter: UsageMeter, recounter: UsageRecounter) {
        self.store = store
        self.meter = meter
        self.recounter = recounter
    }

    /// The tenant's hours or days that begin from `from` on and before `to`, the oldest first; hours that wait to be written, such as the
    /// one under way, as they are now. Days that are not over, or not made yet, are made of their hours for this answer.
    public func list(
        of tenant: TenantID, _ period: UsageRecord.Period, from: Timestamp, to: Timestamp
    ) throws(TableError) -> [UsageRecord] {
        guard period == .day else { return try hours(of: tenant, from: from, to: to) }
        var records = try store.list(of: tenant, period, from: from, to: to)
        let made = try store.last(of: tenant, .day, before: to)?.start.advanced(bySeconds: period.seconds)
        let begin = max(made ?? Timestamp(milliseconds: 0), period.start(of: from))
        for hour in try hours(of: tenant, from: begin, to: to) {
            if records.last?.start != period.start(of: hour.start) {
                records.append(UsageRecord(tenant: tenant, period: .day, holding: hour.start))
            }
            records[records.count - 1].add(hour)
        }
        return records.filter { $0.start >= from }
    }

    private func hours(
        of tenant: TenantID, from: Timestamp, to: Timestamp
    ) throws(TableError) -> [UsageRecord] {
        try meter.refresh(tenant)
        // Before the store is read: what is written in between is found there, as it is here.
        let waiting = meter.unwritten(of: tenant).filter { $0.start >= from && $0.start < to }
        let starts = Set(waiting.map(\.start))
        let written = try store.list(of: tenant, .hour, from: from, to: to)
        return (written.filter { !starts.contains($0.start) } + waiting).sorted { $0.start < $1.start }
    }

    /// The tenant's hour as it is now; nil where it never used anything.
    public func now(of tenant: TenantID) throws(TableError) -> UsageRecord? { try meter.hour(of: tenant) }

    /// What it used in the last whole minute.
    public func lastMinute(of tenant: TenantID) -> TenantUsage { meter.lastMinute(of: tenant) }

    /// Starts a run that counts the tenant's items now; it leaves a `RecountResult`.
    /// - Throws: `UsageError` where there is nothing to count; `WorkflowError`, `.locked` while the tenant is being counted.
    public func startRecount(
        _ tenant: TenantID, by engine: WorkflowEngine, actor: AuditActor, idempotencyKey: String? = nil
    ) throws -> RunID {
        do { _ = try recounter.subject(tenant) } catch let error as UsageError {
            // A request that comes once more is answered with its run, however the tenant stands by now.
            guard idempotencyKey != nil, error != .noSuchTenant(tenant.text) else { throw error }
        }
        return try engine.start(
            kind: RecountWorkflow.runKind, input: RecountInput(tenant: tenant), tenant: tenant,
            idempotencyKey: idempotencyKey, actor: actor)
    }
}
