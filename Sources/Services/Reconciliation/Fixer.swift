import Base
import Registry
import Tables
import Tenancy
import Workflows

/// What repairs and removals work with. Every one of them is an entry of the audit log.
public struct Fixer {
    /// The lock that runs hold which change where a tenant's items are.
    static let lockName = "place"

    let registry: Registry
    let stores: any StoreProvider
    let placements: Placements
    let random: any RandomSource
    let engine: WorkflowEngine?
    /// The run that does it; nil where none does.
    let run: RunID?
    let watch: ReconcileWatch
    /// Who asked for it.
    public let actor: AuditActor

    /// What the audit log says of the remedy of a finding.
    public func note(_ finding: Finding, tenant: TenantID? = nil) -> AuditNote {
        let action =
            if case .removal = finding.remedy { "reconcile.removed" } else { "reconcile.repaired" }
        var detail = [
            "kind": finding.kind.rawValue, "found": finding.problem, "done": finding.remedy.text,
        ]
        detail["run"] = run?.text
        return AuditNote(
            actor: actor, action: action, subject: finding.subject, tenant: tenant, detail: detail)
    }

    /// Commits the changes with the audit entry.
    public func commit(_ changes: [RegistryChange], _ note: AuditNote) throws {
        try registry.transact(RegistryTransaction(changes, audit: [note]))
    }

    /// Carries `body` out while no run can begin to move the tenant. A crash leaves the lock to the run, which gives
    /// it back when it goes on or is taken back.
    /// - Throws: `ReconcileError.underWay` where a run has the tenant; what `body` throws.
    func holding<Result>(_ tenant: TenantID, _ body: () throws -> Result) throws -> Result {
        var lock = RunLock(
            id: RunLock.ID(tenant: tenant, name: Fixer.lockName), run: run ?? RunID(random: random))
        do throws(RegistryError) { try registry.transact(RegistryTransaction([.insert(lock)])) } catch {
            guard case .conflict = error else { throw error }
            throw ReconcileError.underWay(tenant)
        }
        lock.version = 1
        let result = Swift.Result { try body() }
        try registry.transact(RegistryTransaction([.delete(lock)]))
        return try result.get()
    }
}

/// Why a remedy was not carried out.
public enum ReconcileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A run is changing the tenant.
    case underWay(TenantID)
    /// What was to be removed is not (any more) among what was found.
    case notFound(String)
    /// It can only be put right by somebody who decides.
    case byHand(String, remedy: String)
    /// What was to be removed is in use.
    case inUse(String)
    /// Another run is putting something right.
    case repairUnderWay(RunID)

    /// What happened and what to do.
    public var description: String {
        switch self {
        case .underWay(let tenant):
            "a run is changing tenant `\(tenant)`; try again when it has ended (`homeroom run list --tenant \(tenant)`)"
        case .notFound(let id):
            "there is no finding `\(id)`; `homeroom reconcile` lists those there are"
        case .byHand(let id, let remedy): "`\(id)` is not removed for you: \(remedy)"
        case .inUse(let what): "\(what) is in use; nothing was removed"
        case .repairUnderWay(let run):
            "run `\(run)` is putting right what is not as it should be; wait for it (`homeroom run watch \(run)`), or cancel it"
        }
    }
}
