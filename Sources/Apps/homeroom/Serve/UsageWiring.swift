import Base
import ControlAPI
import Departures
import Gateway
import LocalTables
import Registry
import Synchronization
import Tables
import Tenancy
import Upgrades
import Upkeep
import Workflows

#if canImport(Glibc)
    import Glibc
#endif

/// The metering of tenants: what each uses is collected twice a second, and kept by the hour in a store of its own.
///
/// Nobody waits for that store: where it cannot be written, requests go on, what was counted waits in memory, and the log says so once.
final class UsageWiring: Sendable {
    /// Half of what a crash may lose: writing it down takes its time too.
    private static let collectMilliseconds = 500
    private static let rollUpSeconds = 60
    private static let recountSeconds = 300

    let store: UsageStore
    let meter: UsageMeter
    /// Nil where nothing is counted.
    let desk: UsageDesk?
    let hoard: UsageHoard
    /// What the engine must know.
    let workflows: [any Workflow]
    private let totals: UsageTotals
    private let rounds: UsageRounds
    private let log: Log
    private let isOn: Bool
    /// Whether what was collected could not be written the last time.
    private let isFailing = Atomic<Bool>(false)
    /// How long the last collection took, in nanoseconds.
    private let collected = Atomic<UInt64>(0)
    private let clock: any Clock
    private let chores = Mutex<[Chores]>([])

    init(
        _ routes: TenantRoutes, _ directory: Directory, _ stores: LocalStores, _ registry: Registry,
        _ catalog: Catalog, _ options: ServeOptions, clock: any Clock, log: Log
    ) {
        let store = UsageWiring.store(in: stores)
        self.store = store
        let totals = UsageTotals { directory.entry($0)?.record.tier }
        let meter = UsageMeter(
            store: store, clock: clock, schools: { directory.entry($0)?.record.schools.count ?? 0 },
            take: {
                let used = routes.takeUsage()
                totals.add(used)
                return UsageMeter.merged(used, stores.takeTallies())
            })
        let recounter = UsageRecounter(
            registry: registry, stores: stores, catalog: catalog, meter: meter,
            pace: UsageRecounter.Pace { usleep(UInt32($0) * 1000) })
        isOn = options.countsUsage
        desk = isOn ? UsageDesk(store: store, meter: meter, recounter: recounter) : nil
        workflows = [
            RecountWorkflow(recounter: recounter, onRecount: { UsageWiring.tell($0, totals, log) })
        ]
        rounds = UsageRounds(
            store: store, meter: meter, recounter: recounter, clock: clock,
            tenants: { directory.entries().map(\.record) })
        hoard = UsageHoard(usage: store) {
            meter.forget($0)
            totals.forget($0)
        }
        (self.meter, self.totals, self.log, self.clock) = (meter, totals, log, clock)
    }

    /// The store is opened at the first need, and stays so.
    private static func store(in stores: LocalStores) -> UsageStore {
        let opened = Mutex<(any MovableStore)?>(nil)
        return UsageStore { () throws(TableError) in
            try opened.withLock { (opened) throws(TableError) -> any MovableStore in
                if let opened { return opened }
                let store = try stores.create(UsageStore.storeID, tables: [UsageStore.schema])
                opened = store
                return store
            }
        }
    }

    // MARK: While nobody asks

    /// Begins to collect, and to count. Each on a thread of its own, so that a long count keeps nothing from being collected.
    func start() {
        guard isOn else { return log.warning("--no-metering: what tenants use is not counted") }
        let onFailure: @Sendable (String, any Error) -> Void = { [log] name, error in
            log.error("\(name) failed", ["error": "\(error)"])
        }
        let collecting = Chore(
            name: "the collection of usage", everyMilliseconds: UsageWiring.collectMilliseconds
        ) { [self] _ in collect() }
        let rollUp = Chore(name: "the roll-up of usage", everySeconds: UsageWiring.rollUpSeconds) {
            [rounds] in try rounds.rollUpSome(isStopping: $0)
        }
        let recount = Chore(name: "the recount of usage", everySeconds: UsageWiring.recountSeconds) {
            [rounds, totals, log] isStopping in
            rounds.recountDue(
                isStopping: isStopping, onRecount: { UsageWiring.tell($0, totals, log) },
                onFailure: { tenant, error in
                    log.error(
                        "a tenant's items cannot be counted", ["tenant": tenant.text, "error": "\(error)"])
                })
        }
        let begun = [
            Chores([collecting], onFailure: onFailure), Chores([rollUp, recount], onFailure: onFailure),
        ]
        chores.withLock { $0 = begun }
    }

    /// Ends that, and makes durable what was used last: for when nothing is used any more.
    func stop() {
        let begun = chores.withLock { chores in
            defer { chores = [] }
            return chores
        }
        for chores in begun { chores.stop() }
        if isOn { collect() }
    }

    /// Makes durable what was counted so far; says once that it cannot, and once that it can again.
    func collect() {
        let begun = clock.monotonicNanoseconds()
        defer { collected.store(clock.monotonicNanoseconds() - begun, ordering: .relaxed) }
        do throws(TableError) {
            try meter.collect()
            if isFailing.exchange(false, ordering: .relaxed) { log.info("usage can be kept again") }
        } catch {
            if !isFailing.exchange(true, ordering: .relaxed) {
                log.error(
                    "usage cannot be kept; it waits in memory, and requests go on", ["error": "\(error)"])
            }
        }
    }

    /// A drift is an error of ours: it is corrected, and said.
    private static func tell(_ recount: UsageRecount, _ totals: UsageTotals, _ log: Log) {
        totals.note(recount)
        guard !recount.isFirst, recount.drift != Extent() else { return }
        log.warning(
            "a tenant's usage was off and is corrected",
            [
                "tenant": recount.tenant.text, "items": "\(recount.drift.items)",
                "bytes": "\(recount.drift.bytes)",
            ])
    }

    /// What all tenants have used since the process began.
    func metrics() -> [MetricFamily] {
        totals.families(isFailing: isFailing.load(ordering: .relaxed)) + [
            MetricFamily(
                "homeroom_usage_collect_seconds",
                "How long it took to write down what all tenants have used, the last time.", .gauge,
                [.init(Double(collected.load(ordering: .relaxed)) / 1e9)])
        ]
    }
}
