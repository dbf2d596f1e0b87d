import Archives
import Base
import Registry
import Workflows

/// Removes what the control plane knows of the tenant and its people: keys, decisions, what earlier runs and events say.
struct RemoveRecordsStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "remove records"

    func perform(_ context: RunContext) throws -> StepResult {
        let leaving = try Leaving(context, environment)
        try removeCredentials(leaving)
        try removeServiceAccounts(leaving)
        try removeMembers(leaving)
        try removeProviders(leaving)
        try removeRefusals(leaving)
        if let schedule = try leaving.registry.read(BackupSchedule.self, leaving.tenant.id) {
            try context.checkpoint(with: RegistryTransaction([.delete(schedule)]))
        }
        // Digests of keys of people whom nothing is kept of any more.
        try environment.removeMarks(of: leaving.tenant) { try context.checkpoint(with: $0) }
        try scrubRuns(leaving)
        try scrubEvents(leaving)
        if let decisions = environment.decisions {
            environment.flushDecisions()
            let names = environment.names(of: leaving.tenant)
            try leaving.note(
                try decisions.remove(of: leaving.tenant.id, naming: names), of: "recorded decisions")
        }
        return .done
    }

    private func removeCredentials(_ leaving: Leaving) throws {
        var doomed: [CredentialRecord] = []
        try leaving.registry.forEach(CredentialRecord.self) { record in
            if case .tenant(let owner) = record.kind, owner == leaving.tenant.id { doomed.append(record) }
        }
        for chunk in doomed.chunks(of: Limits.departureRecordsMax) {
            let audit = chunk.map { record in
                AuditNote(
                    actor: leaving.context.actor, action: "credential.removed", subject: record.id,
                    tenant: leaving.tenant.id, detail: ["run": leaving.context.run.text],
                    before: ["state": record.isDisabled ? "revoked" : "active", "role": record.role])
            }
            // What is noted and what is removed are one commit, so that nothing is counted twice.
            try leaving.note(chunk.count, of: "credentials")
            try leaving.context.checkpoint(
                with: RegistryTransaction(chunk.map { .delete($0) }, audit: audit))
        }
    }

    /// Programs that get tokens, and what they were granted.
    private func removeServiceAccounts(_ leaving: Leaving) throws {
        var accounts: [ServiceAccountRecord] = []
        try leaving.registry.forEach(ServiceAccountRecord.self) { record in
            if record.tenant == leaving.tenant.id { accounts.append(record) }
        }
        for account in accounts {
            try removeFamilies(of: account.id, leaving)
            let note = AuditNote(
                actor: leaving.context.actor, action: "service-account.removed", subject: account.id,
                tenant: leaving.tenant.id, detail: ["run": leaving.context.run.text],
                before: ["state": account.isDisabled ? "disabled" : "active", "role": account.role])
            var changes: [RegistryChange] = [.delete(account)]
            let owner = ServiceAccountOwner(account).id
            if let record = try leaving.registry.read(ServiceAccountOwner.self, owner) {
                changes.append(.delete(record))
            }
            try leaving.note(1, of: "service accounts")
            try leaving.context.checkpoint(with: RegistryTransaction(changes, audit: [note]))
        }
    }

    /// People who have passwords, and what they were granted.
    private func removeMembers(_ leaving: Leaving) throws {
        var members: [MemberRecord] = []
        try leaving.registry.forEach(
            MemberRecord.self, prefix: MemberRecord.prefix(of: leaving.tenant.id)
        ) { members.append($0) }
        for member in members {
            try removeFamilies(of: member.id, leaving)
            var changes: [RegistryChange] = [.delete(member)]
            let name = MemberNameRecord.id(member.name, leaving.tenant.id)
            if let record = try leaving.registry.read(MemberNameRecord.self, name) {
                changes.append(.delete(record))
            }
            let note = AuditNote(
                actor: leaving.context.actor, action: "member.removed", subject: member.id,
                tenant: leaving.tenant.id, detail: ["run": leaving.context.run.text],
                before: ["state": member.isDisabled ? "disabled" : "active", "role": member.role],
                after: ["state": "removed"])
            try leaving.note(1, of: "members")
            try leaving.context.checkpoint(with: RegistryTransaction(changes, audit: [note]))
        }
    }

    private func removeFamilies(of holder: String, _ leaving: Leaving) throws {
        var families: [RefreshFamilyRecord] = []
        try leaving.registry.forEach(RefreshFamilyRecord.self, prefix: holder + "/") { families.append($0) }
        for chunk in families.chunks(of: Limits.departureRecordsMax) {
            try leaving.context.checkpoint(with: RegistryTransaction(chunk.map { .delete($0) }))
        }
    }

    /// Its own identity providers, whose issuers others may register then.
    private func removeProviders(_ leaving: Leaving) throws {
        var providers: [IdentityProviderRecord] = []
        try leaving.registry.forEach(
            IdentityProviderRecord.self, prefix: IdentityProviderRecord.prefix(of: leaving.tenant.id)
        ) { providers.append($0) }
        for provider in providers {
            let note = AuditNote(
                actor: leaving.context.actor, action: "identity-provider.removed", subject: provider.name,
                tenant: leaving.tenant.id, detail: ["run": leaving.context.run.text],
                before: ["state": "registered", "issuer": provider.issuer], after: ["state": "removed"])
            try leaving.note(1, of: "identity providers")
            try leaving.context.checkpoint(
                with: RegistryTransaction(try leaving.registry.removal(of: provider), audit: [note]))
        }
    }

    /// Whom it has refused.
    private func removeRefusals(_ leaving: Leaving) throws {
        var refusals: [RefusedPersonRecord] = []
        try leaving.registry.forEach(
            RefusedPersonRecord.self, prefix: RefusedPersonRecord.prefix(of: leaving.tenant.id)
        ) { refusals.append($0) }
        for chunk in refusals.chunks(of: Limits.departureRecordsMax) {
            try leaving.note(chunk.count, of: "refused people")
            try leaving.context.checkpoint(with: RegistryTransaction(chunk.map { .delete($0) }))
        }
    }

    private func scrubRuns(_ leaving: Leaving) throws {
        var runs: [RunID] = []
        try leaving.registry.forEach(TenantRun.self, prefix: TenantRun.prefix(of: leaving.tenant.id)) {
            runs.append($0.id.run)
        }
        var changed: [RunRecord] = []
        for run in runs where run != leaving.context.run {
            guard let record = try leaving.registry.read(RunRecord.self, run), record.state.isFinal else {
                continue
            }
            let scrubbed = record.scrubbed()
            if scrubbed != record { changed.append(scrubbed) }
        }
        for chunk in changed.chunks(of: Limits.departureRecordsMax) {
            try leaving.note(chunk.count, of: "particulars of runs")
            try leaving.context.checkpoint(with: RegistryTransaction(chunk.map { .replace($0) }))
        }
    }

    private func scrubEvents(_ leaving: Leaving) throws {
        var changed: [OutboxEvent] = []
        try leaving.registry.forEach(OutboxEvent.self) { event in
            if event.tenant == leaving.tenant.id, event.scrubbed() != event {
                changed.append(event.scrubbed())
            }
        }
        for chunk in changed.chunks(of: Limits.departureRecordsMax) {
            try leaving.note(chunk.count, of: "particulars of events")
            try leaving.context.checkpoint(with: RegistryTransaction(chunk.map { .replace($0) }))
        }
    }
}

extension Array {
    /// The elements in order, so many at a time.
    func chunks(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
