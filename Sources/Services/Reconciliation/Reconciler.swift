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
    let secondsMax: Int

    /// A reconciliation of the stores with the registry and the catalog in `placements`.
    /// - Parameters:
    ///   - engine: which runs get on; nil where none is carried out.
    ///   - looks: what else to look at.
    ///   - secondsMax: how long one look at whose the items are may take.
    public init(
        registry: Registry, stores: any StoreProvider, placements: Placements, ownStores: Set<StoreID>,
        engine: WorkflowEngine?, clock: any Clock, random: any RandomSource, looks: [Look] = [],
        secondsMax: Int = Limits.reconcileSecondsMax
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
    public func survey(_ scrutiny: Scrutiny = .stores) throws -> ReconcileReport {
        let (candidates, unfinished) = try candidates(scrutiny)
        return ReconcileReport(
            findings: candidates.map(\.finding), unfinished: unfinished, scrutiny: scrutiny)
    }

    /// Looks, and repairs what can be repaired without losing anything.
    public func repair(_ scrutiny: Scrutiny = .stores, actor: AuditActor) throws -> ReconcileReport {
        let (candidates, unfinished) = try candidates(scrutiny)
        return try carryOut(candidates, unfinished, scrutiny, actor: actor) { finding in
            if case .repair = finding.remedy { true } else { false }
        }
    }

    /// Removes what was found under these ids, or of these kinds; nothing else.
    /// - Throws: `ReconcileError.notFound` and `.byHand` before anything is removed.
    public func remove(
        _ names: [String], _ scrutiny: Scrutiny = .stores, actor: AuditActor
    ) throws -> ReconcileReport {
        let (candidates, unfinished) = try candidates(scrutiny)
        for name in names {
            let named = candidates.map(\.finding).filter { $0.id == name || $0.kind.rawValue == name }
            guard let first = named.first else { throw ReconcileError.notFound(name) }
            let removable = named.contains { finding in
                if case .removal = finding.remedy { true } else { false }
            }
            guard removable else { throw ReconcileError.byHand(first.id, remedy: first.remedy.text) }
        }
        return try carryOut(candidates, unfinished, scrutiny, actor: actor) { finding in
            guard case .removal = finding.remedy else { return false }
            return names.contains(finding.id) || names.contains(finding.kind.rawValue)
        }
    }

    private func carryOut(
        _ candidates: [Candidate], _ unfinished: [String], _ scrutiny: Scrutiny, actor: AuditActor,
        where isWanted: (Finding) -> Bool
    ) throws -> ReconcileReport {
        let fixer = Fixer(
            registry: registry, stores: stores, placements: placements, random: random, engine: engine,
            actor: actor)
        var report = ReconcileReport(findings: [], unfinished: unfinished, scrutiny: scrutiny)
        for candidate in candidates {
            guard isWanted(candidate.finding), let fix = candidate.fix else {
                report.findings.append(candidate.finding)
                continue
            }
            do {
                if try fix(fixer) { report.done.append(candidate.finding) }
            } catch {
                // One that cannot be put right keeps no other from it.
                report.findings.append(candidate.finding)
                report.failures.append(.init(finding: candidate.finding.id, reason: "\(error)"))
            }
        }
        return report
    }

    private func candidates(_ scrutiny: Scrutiny) throws -> (found: [Candidate], unfinished: [String]) {
        let first = try look(scrutiny)
        var (found, unfinished) = (first.candidates, first.unfinished)
        var looks = 1
        while !found.isEmpty, looks < Limits.reconcileLooksMax {
            let again = try look(scrutiny)
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

    private func look(_ scrutiny: Scrutiny) throws -> Findings {
        var ground = try Ground(registry, stores)
        var residents = Residents()
        if scrutiny > .records { residents = try Residents(of: self, ground) }
        try ground.readRuns(registry)
        var findings = Findings(ground)
        try checkPlacements(ground, &findings)
        try checkStores(ground, &findings)
        try checkNames(ground, &findings)
        try checkRuns(ground, &findings)
        try checkOutbox(&findings)
        if scrutiny > .records {
            residents.check(ground, &findings)
            try checkTables(ground, residents, &findings)
            try checkItems(ground, residents, scrutiny, &findings)
        }
        for look in looks { findings.add(try look(scrutiny)) }
        return findings
    }
}

/// What a reconciliation found and did.
public struct ReconcileReport: Sendable, Equatable {
    /// A remedy that could not be carried out.
    public struct Failure: Sendable, Equatable {
        /// The finding's id.
        public let finding: String
        /// Why.
        public let reason: String
    }

    /// What is wrong (still), by kind and subject.
    public var findings: [Finding]
    /// What was wrong and has been put right.
    public var done: [Finding] = []
    /// What could not be put right, and why.
    public var failures: [Failure] = []
    /// The tables whose owners were not all looked at: there are too many for this scrutiny, or the time was over.
    public var unfinished: [String] = []
    /// How closely was looked.
    public let scrutiny: Scrutiny

    /// Whether all was looked at and nothing is wrong.
    public var isClean: Bool { findings.isEmpty && unfinished.isEmpty }
}
