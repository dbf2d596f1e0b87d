import Base
import Dispatch
import Registry

/// Which runs a list is of.
public struct RunFilter: Hashable, Sendable {
    /// Those of this tenant.
    public var tenant: TenantID?
    /// Those of this kind.
    public var kind: String?
    /// Those that stand so: a state's name.
    public var state: String?
    /// Those that make no progress.
    public var isStuck = false
    /// Those started at this moment or later.
    public var since: Timestamp?
    /// Those started before this moment.
    public var until: Timestamp?
    /// Whether the oldest come first.
    public var isOldestFirst = false

    /// All.
    public init(
        tenant: TenantID? = nil, kind: String? = nil, state: String? = nil, isStuck: Bool = false,
        since: Timestamp? = nil
    ) {
        self.tenant = tenant
        self.kind = kind
        self.state = state
        self.isStuck = isStuck
        self.since = since
    }

    /// Whether the run is one of them.
    func takes(_ run: RunRecord) -> Bool {
        (tenant == nil || run.tenant == tenant) && (kind == nil || run.kind == kind)
            && (state == nil || run.state.name == state) && (!isStuck || run.stuck != nil)
            && (since.map { run.createdAt >= $0 } ?? true) && (until.map { run.createdAt < $0 } ?? true)
    }

    /// Whether no run behind this one is among them: ids sort by the time of the start.
    func ends(at run: RunRecord) -> Bool {
        isOldestFirst
            ? until.map { run.createdAt >= $0 } ?? false : since.map { run.createdAt < $0 } ?? false
    }

    /// Whether only runs that have not ended are among them.
    var isOfOpen: Bool {
        isStuck || (state.map { !["completed", "undone"].contains($0) } ?? false)
    }
}

extension WorkflowEngine {
    /// The run as it is now, with the progress of a step under way.
    /// - Throws: `WorkflowError.noSuchRun`, `RegistryError`.
    public func get(_ run: RunID) throws -> RunRecord {
        if let record = try find(run) { return record }
        throw WorkflowError.noSuchRun(run)
    }

    private func find(_ run: RunID) throws -> RunRecord? {
        if let live = live(run) { return asSeen(live.snapshot) }
        return try registry.read(RunRecord.self, run)
    }

    /// What a thread has of a run does not show what others have seen of it since its last commit.
    private func asSeen(_ record: RunRecord) -> RunRecord {
        var record = record
        if record.stuck == nil { record.stuck = watch.stall(of: record.id) }
        return record
    }

    /// How the run waits for its turn, or nil where it does not.
    public func turn(of run: RunID) -> RunTurn? { queue.turn(of: run) }

    /// Runs, newest first.
    /// - Parameter after: the `next` of the page before.
    public func list(
        tenant: TenantID? = nil, after: String? = nil, limit: Int = 100
    ) throws -> RegistryPage<RunRecord> {
        try list(RunFilter(tenant: tenant), after: after, limit: limit)
    }

    /// Runs that the filter takes, newest first unless it says otherwise. Looks at `Limits.runsLookedAtMax` at most: a page may hold fewer than `limit`
    /// and yet have a next one.
    /// - Parameter after: the `next` of the page before.
    public func list(
        _ filter: RunFilter, after: String? = nil, limit: Int = 100
    ) throws -> RegistryPage<RunRecord> {
        var found = RegistryPage<RunRecord>(records: [], next: after)
        var looked = 0
        repeat {
            let page = try records(filter, after: found.next, limit: limit)
            found.next = page.next
            for record in page.records {
                looked += 1
                if filter.ends(at: record) { found.next = nil }
                if filter.takes(record) { found.records.append(record) }
                guard found.records.count < limit else {
                    if record.id != page.records.last?.id { found.next = mark(filter, record) }
                    return found
                }
            }
        } while found.next != nil && looked < Limits.runsLookedAtMax
        return found
    }

    /// Where a page goes on behind the run.
    private func mark(_ filter: RunFilter, _ run: RunRecord) -> String {
        if let tenant = filter.tenant {
            return TenantRun.sortKey(of: TenantRun.ID(tenant: tenant, run: run.id))
        }
        return run.id.text
    }

    /// A page of the shortest list that has all that the filter takes.
    private func records(
        _ filter: RunFilter, after: String?, limit: Int
    ) throws -> RegistryPage<RunRecord> {
        if let tenant = filter.tenant {
            let page = try registry.list(
                TenantRun.self, prefix: TenantRun.prefix(of: tenant), after: after, limit: limit,
                isForward: filter.isOldestFirst)
            return RegistryPage(records: try page.records.compactMap { try find($0.id.run) }, next: page.next)
        }
        if filter.isOfOpen {
            let page = try registry.list(
                OpenRun.self, after: after, limit: limit, isForward: filter.isOldestFirst)
            return RegistryPage(records: try page.records.compactMap { try find($0.id) }, next: page.next)
        }
        var page = try registry.list(
            RunRecord.self, after: after, limit: limit, isForward: filter.isOldestFirst)
        page.records = page.records.map { record in live(record.id).map { asSeen($0.snapshot) } ?? record }
        return page
    }

    /// Waits until the run is settled (completed, undone, failed or paused), at most so long; the run as it
    /// is then.
    public func wait(for run: RunID, timeoutMilliseconds: Int) throws -> RunRecord {
        let semaphore = listen(to: run)
        defer { stopListening(semaphore, to: run) }
        let deadline = DispatchTime.now() + .milliseconds(timeoutMilliseconds)
        while true {
            let record = try get(run)
            if record.state.isSettled && record.wanted == .none { return record }
            if semaphore.wait(timeout: deadline) == .timedOut || queue.isStopped { return try get(run) }
        }
    }
}
