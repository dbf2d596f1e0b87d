import Accounts
import Archives
import Base
import Departures
import Issuing
import Migrations
import Reconciliation
import Registry
import Reviews
import Tables
import Tenancy
import Tenants
import Upgrades
import Workflows

extension Problem {
    /// The problem that an error of the floors below comes to. What is unknown here is an `internal-error`, its
    /// particulars in the log alone.
    init(_ error: any Error, log: Log) {
        switch error {
        case let problem as Problem: self = problem
        case let error as WorkflowError: self = Problem(workflow: error, log: log)
        case let error as RegistryError: self = Problem(registry: error, log: log)
        case let error as TenantError: self = Problem(tenant: error)
        case let error as AccountError: self = Problem(account: error)
        case let error as MemberError: self = Problem(member: error)
        case let error as IdentityProviderError: self = Problem(provider: error)
        case let error as ServiceAccountError: self = Problem(serviceAccount: error)
        case let error as MoveError: self = Problem(move: error)
        case let error as PoolError: self = Problem(pool: error)
        case let error as UpgradeError: self = Problem(upgrade: error)
        case let error as SchoolMoveError: self = Problem(school: error)
        case let error as NoCapacity: self = Problem(.noCapacity, error.description)
        case let error as CatalogDeskError: self = Problem(catalog: error)
        case let error as DepartureError: self = Problem(departure: error)
        case let error as TenantBackupError: self = Problem(backup: error, log: log)
        case let error as RestoreError: self = Problem(restore: error)
        case let error as SigningKeyError: self = Problem(signing: error)
        case let error as UsageError: self = Problem(usage: error)
        case let error as ReconcileError: self = Problem(reconcile: error)
        case let error as PolicyActivationError: self = Problem(activation: error, log: log)
        case TableError.noSuchStore(let store):
            log.error("a store's file is not there", ["store": store.text])
            self = Problem(
                .unavailable,
                "the file of store `\(store)` is not there; `homeroom reconcile` tells who is in it and what to do"
            )
        default: self = Problem(archives: error, log: log) ?? .unexpected(error, log: log)
        }
    }

    /// The parameter is none of those that the operation takes.
    static func unknownParameter(_ name: String, known: [String]) -> Problem {
        let remedy = known.isEmpty ? "this request takes none" : Suggestion.remedy(for: name, among: known)
        return .invalid("`\(name)` is no parameter of this request; \(remedy)", field: name)
    }

    /// The disk is full.
    static let noSpace = Problem(
        .noSpace,
        "\(TableError.noSpacePhrase) on the server's disk; free some, then send this again with the same Idempotency-Key: what was begun "
            + "goes on")

    /// What nobody has foreseen: the particulars go to the log.
    static func unexpected(_ error: any Error, log: Log) -> Problem {
        log.error("request failed", ["error": "\(error)"])
        return Problem(
            .internalError,
            "the server's log says more under this request's id; sending the request again may help")
    }

    private init(workflow error: WorkflowError, log: Log) {
        switch error {
        case .noSuchRun(let run): self = .noSuchRun(run.text)
        case .keyReused(_, let run):
            self = Problem(
                .keyReused, "this Idempotency-Key was sent with another request before; choose a new one",
                field: "Idempotency-Key", members: ["run": run.text])
        case .invalidKey:
            self = .invalid("the Idempotency-Key is too long; a UUID will do", field: "Idempotency-Key")
        case .locked(let run, _):
            self = Problem(
                .runUnderWay,
                "run `\(run)` is under way for this tenant; wait for it (`homeroom run watch \(run)`) or cancel it",
                members: ["run": run.text])
        case .finished(let run, let state):
            self = Problem(.notApplicable, "run `\(run)` is \(state): nothing more can be asked of it")
        case .pastReturn(let run, let step):
            self = Problem(
                .notApplicable,
                "run `\(run)` has begun `\(step)`, which cannot be taken back; start another run instead")
        case .notApplicable(let run, let state):
            self = Problem(.notApplicable, "run `\(run)` is \(state), so this does not apply to it")
        case .notThrottled(let run, let kind):
            self = Problem(
                .notApplicable,
                "run `\(run)` is of kind `\(kind)`, whose rate cannot be set; moves and what is made of moves can be throttled"
            )
        case .notSkippable(let run, let step):
            self = Problem(
                .notApplicable,
                "step `\(step)` may not be skipped: what comes after it would do harm without it; retry run `\(run)` or cancel it"
            )
        case .notPausable(let run, let step):
            self = Problem(
                .notApplicable,
                "run `\(run)` is at `\(step)`, where its tenant's writes wait for it, and is not paused there; let it end, or cancel it"
            )
        case .invalidReason(let bytesMax):
            self = .invalid("expected why, in 1 to \(bytesMax) bytes", field: "reason")
        case .tooLarge(let bytes, let max):
            self = Problem(.tooLarge, "the request comes to \(bytes) bytes; at most \(max) fit into a run")
        case .stopped: self = Problem(.unavailable, "the server is stopping; send this again when it is back")
        case .unknownKind: self = .unexpected(error, log: log)
        }
    }

    private init(tenant error: TenantError) {
        if case .runFailed(let run, let step, let reason) = error, reason.contains(TableError.noSpacePhrase) {
            self = .noSpace
            members = ["run": run.text, "step": step, "reason": reason]
            return
        }
        let kind: Kind =
            switch error {
            case .invalid, .noSuchTier: .invalidRequest
            case .nameTaken, .schoolNameTaken: .nameTaken
            case .tooManySchools, .tooManyContacts, .tooManyBlackouts: .limitReached
            case .noSuchTenant, .noSuchContact, .noSuchBlackout, .noSchool: .notFound
            case .notApplicable, .state, .schoolMoving: .notApplicable
            case .noCapacity: .noCapacity
            case .runFailed: .runFailed
            }
        self = Problem(kind, error.message, field: error.field)
        switch error {
        case .nameTaken(_, let tenant): members["tenant"] = tenant.text
        case .schoolNameTaken(_, let school): members["school"] = school.text
        case .runFailed(let run, let step, let reason):
            members = ["run": run.text, "step": step, "reason": reason]
        case .schoolMoving(_, let run): members["run"] = run.text
        case .invalid, .noSuchTier, .tooManySchools, .noSuchTenant, .notApplicable, .state,
            .tooManyContacts, .noSuchContact, .tooManyBlackouts, .noSuchBlackout, .noSchool, .noCapacity:
            break
        }
    }

    private init(school error: SchoolMoveError) {
        switch error {
        case .noSuchTenant: self = Problem(.notFound, error.description, field: "tenant")
        case .noSuchSchool: self = Problem(.notFound, error.description, field: "school")
        case .notActive, .sameTenant, .districtIndex, .targetNotEmpty:
            self = Problem(.notApplicable, error.description)
        case .moving(_, let run):
            self = Problem(.runUnderWay, error.description, members: ["run": run.text])
        case .tooManySchools: self = Problem(.limitReached, error.description, field: "schools")
        case .nameTaken: self = Problem(.nameTaken, error.description, field: "name")
        case .noCapacity: self = Problem(.noCapacity, error.description)
        }
    }

    private init(move error: MoveError) {
        switch error {
        case .noSuchTenant: self = Problem(.notFound, error.description, field: "tenant")
        case .noSuchMove: self = Problem(.notFound, error.description, field: "run")
        case .noSuchTier: self = .invalid(error.description, field: "tier")
        case .notActive, .alreadyThere, .alreadyIn: self = Problem(.notApplicable, error.description)
        case .pool(.noSuchPool): self = Problem(.notFound, error.description, field: "pool")
        case .pool(.full): self = Problem(.limitReached, error.description, field: "pool")
        case .pool(.closed): self = Problem(.notApplicable, error.description)
        case .tooManySchools: self = Problem(.limitReached, error.description, field: "tier")
        case .noCapacity: self = Problem(.noCapacity, error.description)
        }
    }

    private init(pool error: PoolError) {
        switch error {
        case .noSuchPool: self = Problem(.notFound, error.description, field: "pool")
        case .intoItself, .otherTier: self = .invalid(error.description, field: "into")
        case .doesNotFit, .tooMany: self = Problem(.limitReached, error.description)
        case .busy(_, let run):
            self = Problem(.runUnderWay, error.description, members: ["run": run.text])
        case .noSuchTier, .heldPlaces, .cannotLeave, .alreadyEven:
            self = Problem(.notApplicable, error.description)
        case .noCapacity: self = Problem(.noCapacity, error.description)
        }
    }

    private init(upgrade error: UpgradeError) {
        switch error {
        case .noSuchTenant: self = Problem(.notFound, error.description, field: "tenant")
        case .nothingToApprove, .nothingToRefuse, .otherTier:
            self = Problem(.notApplicable, error.description)
        case .isMoving(_, let run): self = Problem(.runUnderWay, error.description, members: ["run": run])
        case .invalidReason: self = .invalid(error.description, field: "reason")
        }
    }

    private init(departure error: DepartureError) {
        switch error {
        case .noSuchTenant: self = Problem(.notFound, error.description, field: "tenant")
        case .notApplicable, .notLeaving, .graceOver: self = Problem(.notApplicable, error.description)
        case .invalid(let field, let remedy): self = .invalid(remedy, field: field)
        case .foreignKeys: self = Problem(.forbidden, error.description, field: "keys")
        case .tooManyItems, .tooMuch: self = Problem(.limitReached, error.description, field: "keys")
        }
    }

    private init(activation error: PolicyActivationError, log: Log) {
        switch error {
        case .noSuchVersion: self = Problem(.notFound, error.description, field: "version")
        case .nothingBefore: self = Problem(.notApplicable, error.description)
        case .overtaken: self = Problem(.conflict, error.description, field: "expectedVersion")
        case .badText(let field): self = .invalid(error.description, field: field)
        case .damaged, .unreadable: self = .unexpected(error, log: log)
        }
    }

    private init(registry error: RegistryError, log: Log) {
        switch error {
        case .conflict(let key):
            self = Problem(.conflict, "`\(key)` was changed at the same moment; look at it and decide again")
        case .notFound(let key): self = Problem(.notFound, "there is no `\(key)` (any more)")
        case .table(let cause) where cause.isOutOfSpace:
            log.error("the disk is full", ["error": "\(error)"])
            self = .noSpace
        case .table(let cause) where cause.isReadOnly:
            log.error("the registry cannot be written", ["error": "\(error)"])
            self = Problem(
                .unavailable,
                "the registry's file can only be read, so nothing can be changed; tenants are served. Let the server write it and send "
                    + "this again")
        case .tooManyItems, .tooLarge, .damaged, .table: self = .unexpected(error, log: log)
        }
    }
}
