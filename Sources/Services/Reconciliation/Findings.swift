import Base

/// Collects what looks wrong, and leaves to runs what is theirs.
struct Findings {
    private(set) var candidates: [Candidate] = []
    /// The tables that were not looked at to their end, by name and store.
    private(set) var unfinished: [String] = []
    private var ids: Set<String> = []
    private let ground: Ground

    init(_ ground: Ground) { self.ground = ground }

    /// Notes something about `tenants`, or about nobody in particular. Where a run that gets on is changing one of them nothing is
    /// noted; where a run has failed over one it is the run's, and the run is to be retried or taken back.
    mutating func note(
        _ kind: FindingKind, _ subject: String, _ problem: String, of tenants: [TenantID] = [],
        _ remedy: Finding.Remedy, fix: (@Sendable (Fixer) throws -> Bool)? = nil
    ) {
        if tenants.contains(where: ground.isBusy) { return }
        guard ids.insert("\(kind.rawValue):\(subject)").inserted else { return }
        if let owner = tenants.lazy.compactMap(ground.owner).first {
            let run = owner.run
            let finding = Finding(
                kind: kind, subject: subject, problem: problem, run: run,
                remedy: .byHand(
                    "run `\(run)` has failed and owns it: `homeroom run retry \(run)` or `homeroom run cancel \(run)`"
                ))
            candidates.append(Candidate(finding))
            return
        }
        candidates.append(
            Candidate(Finding(kind: kind, subject: subject, problem: problem, remedy: remedy), fix: fix))
    }

    /// Notes that a table was not looked at to its end.
    mutating func leave(_ table: String) { unfinished.append(table) }

    /// Adds what somebody else found.
    mutating func add(_ more: [Candidate]) { candidates += more }
}
