import Base
import Registry
import Synchronization
import Tables
import Tenancy
import Workflows

/// Compares what should exist with what does, and puts right what it may.
///
/// Calls wait for the registry and the stores: they belong on threads that may wait. Memory grows with the number of tenants,
/// not with that of their items.
public struct Reconciler: Sendable {
    /// What others look at: files of the data folder, receipts. Answers what it finds.
    public typealias Look = @Sendable (Scrutiny) throws -> [Candidate]

    let registry: Registry
    let stores: any StoreProvider
    let placements: Placements
    /// The stores that hold no tenants: the registry, operators' tables, decisions.
    let ownStores: Set<StoreID>
    let engine: WorkflowEngine?
    let clock: any Clock
    let random: any RandomSource
    let looks: [Look]
    let secondsMax: Int?

    /// A reconciliation of the stores with the registry and the catalog in `placements`.
    /// - Parameters:
    ///   - engine: which runs get on; nil where none is carried out.
    ///   - looks: what else to look at.
    ///   - secondsMax: how long one look may take, instead of what its scrutiny allows.
    public init(
        registry: Registry, stores: any StoreProvider, placements: Placements, ownStores: Set<StoreID>,
        engine: WorkflowEngine?, clock: any Clock, random: any RandomSource, looks: [Look] = [],
        secondsMax: Int? = nil
    ) {
        self.registry = registry
        self.stores = stores
        self.placements = placements
        self.ownStores = ownStores
        self.engine = engine
        self.clock = clock
        self.random = random
        self.looks = looks
        self.secondsMax = secondsMax
    }

    var catalog: Catalog { placements.catalog }

    /// Looks, and changes nothing. What looks wrong is looked at again up to `Limits.reconcileLooksMax` times, and told only where
    /// it does each time: so what a run was just changing is not.
    public func survey(
        _ scrutiny: Scrutiny = .stores, watch: ReconcileWatch = ReconcileWatch()
    ) throws -> ReconcileReport {
        let (candidates, unfinished) = try candidates(scrutiny, watch)
        return ReconcileReport(findings: candidates.map(\.finding), unfinished: unfinished)
    }

    /// Looks, and puts right what is wished: `repair` what can be repaired without losing anything, `remove` what was found under
    /// these ids or of these kinds, nothing else.
    /// - Parameters:
    ///   - run: the run that does it; where it was cut short before, it goes on with what it had begun.
    ///   - begun: what it had set out to put right then: what is not found any more has been, where all was looked at.
    ///   - onPlan: told what is set out to be put right, before any of it is.
    /// - Throws: `ReconcileError.notFound` and `.byHand` before anything is removed.
    public func carryOut(
        _ wish: ReconcileWish, actor: AuditActor, run: RunID? = nil, begun: [Finding] = [],
        watch: ReconcileWatch = ReconcileWatch(), onPlan: ([Finding]) throws -> Void = { _ in }
    ) throws -> ReconcileReport {
        if let run { try RunLock.release(of: run, in: registry) }
        let (candidates, unfinished) = try candidates(wish.scrutiny, watch)
        let found = candidates.map(\.finding)
        let ids = Set(found.map(\.id))
        let past = begun.filter { !ids.contains($0.id) }
        let isWhole = unfinished.isEmpty && !found.contains { $0.kind == .storeUnreadable }
        // Once it had begun its names were good.
        if begun.isEmpty { try wish.check(against: found) }
        let wanted = candidates.filter { wish.covers($0.finding) && $0.fix != nil }
        var report = ReconcileReport(unfinished: unfinished)
        report.findings = found.filter { !wish.covers($0) }
        if isWhole {
            report.done = past
        } else {
            report.findings += past
            report.failures = past.map { ReconcileReport.Failure(finding: $0.id, reason: Self.unseen) }
        }
        guard !wanted.isEmpty else { return report }
        try onPlan(past + wanted.map(\.finding))
        let fixer = Fixer(
            registry: registry, stores: stores, placements: placements, random: random, engine: engine,
            run: run, watch: watch, actor: actor)
        try carryOut(wanted, by: fixer, &report)
        report.findings.sort { ($0.kind.rawValue, $0.subject) < ($1.kind.rawValue, $1.subject) }
        return report
    }

    private static let unseen =
        "it was begun before the run was cut short, and where it lies could not be looked at again"

    private func carryOut(_ wanted: [Candidate], by fixer: Fixer, _ report: inout ReconcileReport) throws {
        fixer.watch.begin(.findings, of: wanted.count)
        for candidate in wanted {
            try fixer.watch.goOn()
            do {
                if let fix = candidate.fix, try fix(fixer) { report.done.append(candidate.finding) }
            } catch let stop as ReconcileStopped {
                throw stop
            } catch {
                // One that cannot be put right keeps no other from it.
                report.findings.append(candidate.finding)
                report.failures.append(
                    .init(finding: candidate.finding.id, reason: String("\(error)".prefix(1000))))
            }
            fixer.watch.advance()
        }
    }

    private func candidates(
        _ scrutiny: Scrutiny, _ watch: ReconcileWatch
    ) throws -> (found: [Candidate], unfinished: [String]) {
        let first = try look(scrutiny, watch)
        var (found, unfinished) = (first.candidates, first.unfinished)
        var looks = 1
        while !found.isEmpty, looks < Limits.reconcileLooksMax {
            let again = try look(scrutiny, watch)
            let ids = Set(found.map(\.finding.id))
            found = again.candidates.filter { ids.contains($0.finding.id) }
            unfinished = again.unfinished
            looks += 1
        }
        found.sort {
            ($0.finding.kind.rawValue, $0.finding.subject) < ($1.finding.kind.rawValue, $1.finding.subject)
        }
        return (found, unfinished)
    }

    private func look(_ scrutiny: Scrutiny, _ watch: ReconcileWatch) throws -> Findings {
        let seconds =
            secondsMax
            ?? (scrutiny == .deep ? Limits.reconcileDeepSecondsMax : Limits.reconcileQuickSecondsMax)
        let deadline = clock.monotonicNanoseconds() + UInt64(max(0, seconds)) * 1_000_000_000
        watch.beginLook { [clock] in clock.monotonicNanoseconds() >= deadline }
        var ground = try Ground(registry, stores)
        var residents = Residents()
        if scrutiny > .records {
            residents = try Residents(of: self, ground, isBounded: scrutiny < .deep, watch)
        }
        try ground.readRuns(registry)
        var findings = Findings(ground)
        try checkPlacements(ground, &findings)
        try checkStores(ground, &findings)
        try checkNames(ground, &findings)
        try checkRuns(ground, &findings)
        try checkOutbox(&findings)
        if scrutiny > .records {
            residents.check(ground, &findings)
            try checkTables(ground, residents, &findings, watch)
            try checkItems(ground, residents, scrutiny, &findings, watch)
            try watch.goOn()
        }
        for look in looks { findings.add(try look(scrutiny)) }
        return findings
    }
}
