import Base
import Migrations
import Registry
import Synchronization
import Tables
import Tenancy
import Tiering
import Workflows

/// Decides when a tenant moves to another tier: looks at all of them again and again, tells what is to be told, and starts the moves.
/// The move itself is a run like any other.
///
/// INVARIANT (one move an attempt): a move is started with a key made of the tenant and the number of the attempt, and the number
/// grows when the attempt has ended. Whoever crashes between the start and the record finds the same run.
public final class UpgradeService: Sendable {
    struct State {
        var records: [TenantID: UpgradeRecord] = [:]
        /// Why a move that could begin has not; until the next look.
        var hindrances: [TenantID: Hindrance] = [:]
        /// How long the last look at all tenants took, in seconds.
        var lookSeconds: Double?
    }

    struct Hindrance {
        let text: String
        /// Whether it is over when another move has ended.
        let isOfLimits: Bool
    }

    let registry: Registry
    let directory: Directory
    let catalog: Catalog
    let moves: MoveService
    let engine: WorkflowEngine
    let meter: UsageMeter
    let clock: any Clock
    /// One change at a time; nobody on the way of a request waits here.
    let state: Mutex<State>

    /// The upgrades of all tenants in `directory`, each where the registry says that it stands.
    /// - Throws: what the registry throws.
    public init(
        registry: Registry, directory: Directory, catalog: Catalog, moves: MoveService,
        engine: WorkflowEngine,
        meter: UsageMeter, clock: any Clock
    ) throws {
        self.registry = registry
        self.directory = directory
        self.catalog = catalog
        self.moves = moves
        self.engine = engine
        self.meter = meter
        self.clock = clock
        var known = State()
        try registry.forEach(UpgradeRecord.self) { known.records[$0.id] = $0 }
        state = Mutex(known)
    }

    /// Looks at every tenant once, tells what is to be told, and begins the moves that may begin. What goes wrong with one tenant keeps
    /// nobody else from being looked at.
    /// - Throws: the last error, when all others were looked at.
    public func look(isStopping: () -> Bool = { false }) throws {
        let now = clock.now()
        let entries = directory.entries()
        let started = clock.monotonicNanoseconds()
        try state.withLock { state in
            defer { state.lookSeconds = Double(clock.monotonicNanoseconds() - started) / 1e9 }
            var trouble: (any Error)?
            var changed: [Change] = []
            for entry in entries where entry.record.state.isLooked {
                if isStopping() { return }
                do { try look(at: entry.record, &state, now).map { changed.append($0) } } catch {
                    trouble = error
                }
            }
            do { try save(changed, in: &state) } catch { trouble = error }
            do { try forget(all: state.records.keys, but: entries, in: &state) } catch { trouble = error }
            do { try begin(entries, &state, now, isStopping) } catch { trouble = error }
            if let trouble { throw trouble }
        }
    }

    /// Sees what has become of moves under way, and begins those that waited for one to end. Costs next to nothing where there are none.
    /// - Throws: the last error, when all others were seen to.
    public func advance(isStopping: () -> Bool = { false }) throws {
        let now = clock.now()
        try state.withLock { state in
            var trouble: (any Error)?
            for record in state.records.values where record.standing.isMoving {
                guard let tenant = directory.entry(record.id)?.record else { continue }
                do {
                    let change = try followed(Change(record: record, tenant: tenant), now)
                    if !change.news.isEmpty { try save([change], in: &state) }
                } catch { trouble = error }
            }
            let waiting = state.hindrances.filter(\.value.isOfLimits).keys
            if !waiting.isEmpty, Room(catalog.maintenance, state, now).hindrance(isNow: false) == nil {
                try begin(waiting.compactMap { directory.entry($0) }, &state, now, isStopping)
            }
            if let trouble { throw trouble }
        }
    }

    /// How many tenants stand where, by the words of `UpgradeOutlook.state`, and how long the last look at all of them took, in seconds.
    public func figures() -> (tenants: [String: Int], lookSeconds: Double?) {
        state.withLock { state in
            let words = state.records.values.map(\.standing.word)
            return (words.reduce(into: [:]) { $0[$1, default: 0] += 1 }, state.lookSeconds)
        }
    }

    /// How many tenants are to be moved and are not on their way yet, by what they wait for.
    public func backlog() -> UpgradeBacklog {
        state.withLock { state in
            var backlog = UpgradeBacklog()
            for record in state.records.values {
                guard directory.entry(record.id)?.record.state.isLooked == true else { continue }
                backlog.add(record.standing.need(by: catalog.tier(named: record.tier)?.upgrade))
            }
            return backlog
        }
    }

    /// A record that is to be stored, and what is told with it.
    struct Change {
        var record: UpgradeRecord
        let tenant: TenantRecord
        var news: [UpgradeNews] = []
        var actor = AuditActor.system
    }

    /// Takes in what is seen of a tenant; nil where nothing of it need be stored.
    private func look(
        at tenant: TenantRecord, _ state: inout State, _ now: Timestamp
    ) throws -> Change? {
        let known = state.records[tenant.id] ?? UpgradeRecord(id: tenant.id, tier: tenant.tier)
        var change = try followed(Change(record: known, tenant: tenant), now)
        if tenant.state != .active { change.record.standing.hold() }
        guard
            let sight = TenantSight(
                tenant, catalog, minute: meter.lastMinute(of: tenant.id), hour: try meter.hour(of: tenant.id),
                at: now)
        else { return change.record == known ? nil : change }
        let target = change.record.standing.target(by: sight.tier.upgrade)
        let notices = change.record.standing.note(
            sight.reading, by: sight.tier.upgrade, schoolsMax: sight.tier.schoolsMax, smaller: sight.smaller,
            at: now)
        change.news += notices.map { UpgradeNews($0, target: target ?? sight.tier.upgrade?.target) }
        if change.news.isEmpty, change.record.lasting == known.lasting,
            known.version > 0 || isNew(change.record)
        {
            state.records[tenant.id] = change.record
            return nil
        }
        return change
    }

    /// Whether there is nothing in it that need be stored.
    private func isNew(_ record: UpgradeRecord) -> Bool {
        record.lasting == UpgradeRecord(id: record.id, tier: record.tier)
    }

    /// Stores records with what is told, as many in a commit as go into one. A commit that fails keeps no other from being made, and of
    /// several tenants in one, which may be the fault of one of them, each is tried by itself.
    /// - Throws: the last error.
    func save(_ changes: [Change], in state: inout State) throws {
        var trouble: (any Error)?
        for group in groups(of: changes) {
            do { try commit(group, in: &state) } catch {
                trouble = error
                guard group.changes.count > 1 else { continue }
                for change in group.changes {
                    do { try commit(Group(changes: [change], transaction: stored(change)), in: &state) } catch
                    { trouble = error }
                }
            }
        }
        if let trouble { throw trouble }
    }

    private func commit(_ group: Group, in state: inout State) throws {
        do {
            let commit = try registry.transact(group.transaction)
            for (change, written) in zip(group.changes, commit.records) {
                var record = change.record
                record.version = written.version
                state.records[record.id] = record
            }
        } catch {
            // It may have been written all the same: what is stored is what the next look goes on from. Of several each is still to be
            // tried, by the version that was known, which tells whether it was; so is a record that cannot be read either.
            if group.changes.count == 1 {
                let tenant = group.changes[0].record.id
                state.records[tenant] = try registry.read(UpgradeRecord.self, tenant)
            }
            throw error
        }
    }

    /// Changes that go into one commit.
    private struct Group {
        var changes: [Change]
        var transaction: RegistryTransaction
    }

    private func groups(of changes: [Change]) -> [Group] {
        var groups: [Group] = []
        for change in changes {
            var both = groups.last?.transaction ?? RegistryTransaction()
            both.append(stored(change))
            if !groups.isEmpty, both.itemCount <= Limits.registryTransactionItemsMax {
                groups[groups.count - 1].changes.append(change)
                groups[groups.count - 1].transaction = both
            } else {
                groups.append(Group(changes: [change], transaction: stored(change)))
            }
        }
        return groups
    }

    private func stored(_ change: Change) -> RegistryTransaction {
        let kept = change.record.lasting
        return RegistryTransaction(
            [kept.version == 0 ? .insert(kept) : .replace(kept)],
            audit: change.news.map { $0.note(of: change.record.id, by: change.actor) },
            events: change.news.map { $0.announcement(of: change.tenant) })
    }

    /// Removes what is known of tenants that have left.
    /// - Throws: the last error, when all others are removed.
    private func forget(
        all known: some Collection<TenantID>, but entries: [TenantEntry], in state: inout State
    ) throws {
        let living = Set(entries.lazy.filter { $0.record.state.isLiving }.map(\.record.id))
        var trouble: (any Error)?
        for tenant in known where !living.contains(tenant) {
            do {
                if let record = state.records[tenant], record.version > 0 {
                    _ = try registry.transact(RegistryTransaction([.delete(record)]))
                }
                state.records[tenant] = nil
                state.hindrances[tenant] = nil
            } catch {
                trouble = error
            }
        }
        if let trouble { throw trouble }
    }
}

extension TenantState {
    /// Whether its tier may still come to matter.
    fileprivate var isLiving: Bool { name != .gone }

    /// Whether it is looked at: one that comes or goes has no tier to outgrow.
    fileprivate var isLooked: Bool { name == .active || name == .suspended }
}
