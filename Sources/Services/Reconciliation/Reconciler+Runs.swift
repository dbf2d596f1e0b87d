import Base
import Registry
import Workflows

// Runs beside their locks and marks.
extension Reconciler {
    /// Locks, marks and idempotency keys.
    func checkRuns(_ ground: Ground, _ findings: inout Findings) throws {
        try checkLocks(&findings)
        try registry.forEach(OpenRun.self) { mark throws(RegistryError) in
            let run = try registry.read(RunRecord.self, mark.id)
            guard run?.state.isFinal ?? true else { return }
            noteStale(
                mark, .openMarkStale, mark.id.text,
                "run `\(mark.id)` is marked as under way, but \(run == nil ? "never was" : "has ended")",
                "remove the mark", &findings)
        }
        var known: Set<RunID> = []
        var after: String?
        repeat {
            let page = try registry.list(RunRecord.self, after: after, limit: Limits.registryPageRecordsMax)
            for run in page.records {
                known.insert(run.id)
                try check(run, &findings)
            }
            after = page.next
        } while after != nil
        try registry.forEach(TenantRun.self) { mark throws(RegistryError) in
            guard !known.contains(mark.id.run),
                try registry.read(RunRecord.self, mark.id.run) == nil
            else { return }
            noteStale(
                mark, .runMarkStale, TenantRun.sortKey(of: mark.id),
                "run `\(mark.id.run)` is listed for tenant `\(mark.id.tenant)`, but never was",
                "remove the mark",
                &findings)
        }
        try registry.forEach(IdempotencyRecord.self) { key throws(RegistryError) in
            guard !known.contains(key.run), try registry.read(RunRecord.self, key.run) == nil else { return }
            noteStale(
                key, .idempotencyKeyStale, key.id, "the key stands for run `\(key.run)`, which never was",
                "forget the key", &findings)
        }
    }

    private func checkLocks(_ findings: inout Findings) throws {
        try registry.forEach(RunLock.self) { lock throws(RegistryError) in
            let run = try registry.read(RunRecord.self, lock.run)
            guard run?.state.isFinal ?? true else { return }
            noteStale(
                lock, .lockStale, RunLock.sortKey(of: lock.id),
                "run `\(lock.run)` holds the lock, but \(run == nil ? "never was" : "has ended")",
                "remove the lock", &findings)
        }
    }

    /// One run: what is not at its end must be marked so, hold its lock and be with the engine.
    private func check(_ run: RunRecord, _ findings: inout Findings) throws {
        let id = run.id
        if let tenant = run.tenant {
            let mark = TenantRun(tenant: tenant, run: id)
            if try registry.read(TenantRun.self, mark.id) == nil {
                noteMissing(
                    mark, .runMarkMissing, id.text, "run `\(id)` is not listed for tenant `\(tenant)`",
                    "list it", of: run, mayHaveEnded: true, &findings)
            }
        }
        guard !run.state.isFinal else { return }
        if try registry.read(OpenRun.self, id) == nil {
            noteMissing(
                OpenRun(run: id), .openMarkMissing, id.text,
                "run `\(id)` is \(run.state.name) and not marked as under way", "mark it and let it go on",
                of: run, mayHaveEnded: false, &findings)
        } else if let engine, !run.state.isSettled, !engine.isInCharge(of: id) {
            noteAbandoned(run, &findings)
        }
        if let tenant = run.tenant, let name = run.lock {
            let lock = RunLock(id: RunLock.ID(tenant: tenant, name: name), run: id)
            if try registry.read(RunLock.self, lock.id) == nil {
                noteMissing(
                    lock, .lockMissing, id.text, "run `\(id)` does not hold its lock `\(name)`",
                    "take the lock",
                    of: run, mayHaveEnded: false, &findings)
            }
        }
    }

    /// A record that should not be there.
    private func noteStale(
        _ record: some RegistryRecord, _ kind: FindingKind, _ subject: String, _ problem: String,
        _ remedy: String, _ findings: inout Findings
    ) {
        let finding = Finding(kind: kind, subject: subject, problem: problem, remedy: .repair(remedy))
        findings.note(kind, subject, problem, finding.remedy) { fixer in
            // Its version is checked, so that one of the same name that came since stays.
            do throws(RegistryError) {
                try fixer.registry.transact(
                    RegistryTransaction([.delete(record)], audit: [fixer.note(finding)]))
            } catch {
                guard case .conflict = error else { throw error }
                return false
            }
            return true
        }
    }

    /// A record that should be there for a run.
    private func noteMissing(
        _ record: some RegistryRecord, _ kind: FindingKind, _ subject: String, _ problem: String,
        _ remedy: String, of run: RunRecord, mayHaveEnded: Bool, _ findings: inout Findings
    ) {
        let finding = Finding(kind: kind, subject: subject, problem: problem, remedy: .repair(remedy))
        findings.note(kind, subject, problem, finding.remedy) { fixer in
            guard let now = try fixer.registry.read(RunRecord.self, run.id),
                mayHaveEnded || !now.state.isFinal
            else { return false }
            do throws(RegistryError) {
                try fixer.registry.transact(
                    RegistryTransaction([.check(now), .insert(record)], audit: [fixer.note(finding)]))
            } catch {
                guard case .conflict = error else { throw error }
                return false
            }
            if kind == .openMarkMissing { fixer.engine?.takeUp(run.id) }
            return true
        }
    }

    private func noteAbandoned(_ run: RunRecord, _ findings: inout Findings) {
        let problem = "run `\(run.id)` is \(run.state.name), but the engine does not get on with it"
        let remedy = Finding.Remedy.repair("let the engine take it up")
        let finding = Finding(kind: .runAbandoned, subject: run.id.text, problem: problem, remedy: remedy)
        findings.note(.runAbandoned, run.id.text, problem, remedy) { fixer in
            guard let engine = fixer.engine else { return false }
            try fixer.commit([], fixer.note(finding, tenant: run.tenant))
            engine.takeUp(run.id)
            return true
        }
    }

    // MARK: Events

    /// The order and the age of the events that wait.
    func checkOutbox(_ findings: inout Findings) throws {
        let oldest = clock.now().advanced(bySeconds: -Limits.reconcileEventAgeSecondsMax)
        var last: Int64?
        var old = 0
        var gap: ClosedRange<Int64>?
        // Those of earlier versions, whose numbers had gaps, lie before all others, under keys of another form.
        try registry.forEach(OutboxEvent.self, prefix: "e") { event in
            let number = event.id.sequence
            if let last, number > last + 1, gap == nil { gap = last + 1...number - 1 }
            last = number
            if event.id.time < oldest { old += 1 }
        }
        if let gap {
            findings.note(
                .outboxOrder, String(gap.lowerBound),
                "events \(gap.lowerBound) to \(gap.upperBound) are missing between others",
                .byHand("the registry was changed from outside; restore it from a backup"))
        }
        if old > 0 {
            findings.note(
                .outboxOld, "outbox", "\(old) events wait for longer than events are kept",
                .byHand("see in the log why they are not removed"))
        }
    }
}
