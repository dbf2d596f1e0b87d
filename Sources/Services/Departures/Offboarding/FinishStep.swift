import Base
import Registry
import Tenancy
import Workflows

/// Leaves the receipt and the tombstone, and gives place and name back: one commit.
struct FinishStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "finish"
    /// Without it there is no receipt.
    let mayBeSkipped = false

    func perform(_ context: RunContext) throws -> StepResult {
        if try environment.registry.read(RemovalReceipt.self, context.run) != nil { return .done }
        let leaving = try Leaving(context, environment)
        let input: OffboardInput = try context.input()
        guard let search = try context.value(for: OffboardMemory.search, as: RemovalReceipt.Search.self),
            let count = try context.value(for: OffboardMemory.count, as: ItemCount.self)
        else { return .fail(reason: "nothing was searched; the receipt would not be true") }
        var draft = ReceiptDraft(
            kind: .offboarding, tenant: leaving.tenant.id, reason: input.reason,
            graceUntil: try leaving.departure().until)
        draft.tables = count.tables
        draft.others = try context.value(for: OffboardMemory.others) ?? [:]
        draft.export = try context.value(for: OffboardMemory.export)
        draft.remainders = try context.value(for: OffboardMemory.remainders) ?? []
        draft.search = search
        let now = context.clock.now()
        let (receipt, changes) = try draft.signed(
            of: context.record, at: now, registry: environment.registry, sign: environment.sign)
        let placement = try leaving.placement()
        context.removeValue(for: OffboardMemory.journal)
        try context.setResult(OffboardResult(receipt: receipt.digest, statement: receipt.statement))
        try environment.placements.release(placement.store) { release in
            var transaction = release
            transaction.changes += changes + [.delete(placement)]
            try farewell(leaving, at: now, to: &transaction)
            transaction.audit.append(
                AuditNote(
                    actor: context.actor, action: "tenant.gone", subject: leaving.tenant.id.text,
                    tenant: leaving.tenant.id, detail: ["run": context.run.text, "receipt": receipt.digest],
                    before: ["state": leaving.tenant.state.name.rawValue],
                    after: ["state": TenantStateName.gone.rawValue]))
            transaction.events.append(
                DepartureEvent.announcement("tenant.gone", tenant: leaving.tenant.id, run: context.run))
            try context.checkpoint(with: transaction)
        }
        return .done
    }

    /// The tombstone, of nothing but ids and what is no person's; and the name free again.
    private func farewell(
        _ leaving: Leaving, at now: Timestamp, to transaction: inout RegistryTransaction
    ) throws {
        let old = leaving.tenant
        var tombstone = TenantRecord(
            id: old.id, name: old.name, tier: old.tier, state: old.state, timezone: old.timezone,
            adminEmail: try FinishStep.nobody(),
            schools: old.schools.map {
                SchoolRecord(id: $0.id, name: $0.id.text, createdAt: $0.createdAt)
            }, createdAt: old.createdAt)
        tombstone.version = old.version
        try tombstone.enter(.gone(Farewell(run: leaving.context.run, at: now)))
        transaction.changes.append(.replace(tombstone))
        let name = NameReservation.folded(old.name)
        if let reservation = try environment.registry.read(NameReservation.self, name),
            reservation.tenant == old.id
        {
            transaction.changes.append(.delete(reservation))
        }
    }

    /// The address that nobody has. Source: RFC 2606 section 2.
    private static func nobody() throws -> EmailAddress {
        guard let address = EmailAddress("nobody@gone.invalid") else {
            throw DepartureFault("no address for nobody")
        }
        return address
    }
}

/// What a finished departure leaves in its run.
struct OffboardResult: Codable {
    /// The receipt's digest.
    let receipt: String
    /// The receipt, signed.
    let statement: String
}
