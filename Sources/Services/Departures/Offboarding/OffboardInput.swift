import Base
import Registry
import Tables
import Workflows

/// A tenant that is to leave.
public struct OffboardInput: Hashable, Sendable, Codable {
    /// Which.
    public var tenant: TenantID
    /// Why.
    public var reason: String
    /// For how long it can be taken back, in seconds; 0 for not at all.
    public var graceSeconds: Int
    /// Whether it takes its data along.
    public var takesExport: Bool
    /// For how many days its export is kept when it has left; nil for `Limits.departureExportDaysStandard`.
    public var exportDays: Int?

    /// A tenant that leaves after a grace period.
    public init(
        tenant: TenantID, reason: String, graceSeconds: Int, takesExport: Bool = true,
        exportDays: Int? = nil
    ) {
        self.tenant = tenant
        self.reason = reason
        self.graceSeconds = graceSeconds
        self.takesExport = takesExport
        self.exportDays = exportDays
    }
}

/// What a departure remembers between the calls of its steps, by name.
enum OffboardMemory {
    /// `ArchivedExport`: what was taken along.
    static let export = "export"
    /// `GraceMark`.
    static let grace = "grace"
    /// `ItemCount`: what is there just before the removal.
    static let count = "count"
    /// How many other things were removed, by what they are.
    static let others = "others"
    /// What stays.
    static let remainders = "remainders"
    /// What was searched.
    static let search = "search"
    /// `JournalCursor`.
    static let journal = "journal"
    /// The stores whose files were written anew.
    static let scrubbed = "scrubbed"
}

/// A departure as its steps see it.
struct Leaving {
    let environment: DepartureEnvironment
    let context: RunContext
    let tenant: TenantRecord

    init(_ context: RunContext, _ environment: DepartureEnvironment) throws {
        guard let id = context.tenant else { preconditionFailure("a departure is started with its tenant") }
        self.environment = environment
        self.context = context
        tenant = try environment.registry.require(TenantRecord.self, id)
    }

    var registry: Registry { environment.registry }

    func placement() throws -> PlacementRecord { try registry.require(PlacementRecord.self, tenant.id) }

    func departure() throws -> Departure {
        guard case .offboarding(let departure) = tenant.state, departure.run == context.run else {
            throw DepartureFault("tenant `\(tenant.id)` is not leaving by this run")
        }
        return departure
    }

    /// Puts a new epoch in force, with that state at the store: whatever was routed by an older one is refused there, and what
    /// was accepted before is durable when this returns.
    func raiseEpoch(_ state: Resident.State) throws {
        let placement = try placement()
        let store = try environment.stores.store(placement.store)
        guard let resident = try store.resident(tenant.id) else {
            throw DepartureFault("store `\(placement.store)` does not know the tenant")
        }
        let epoch = max(resident.epoch, placement.epoch) + 1
        try store.setResident(tenant.id, to: Resident(epoch: epoch, state: state))
        try registry.update(PlacementRecord.self, tenant.id) { placement, _ in placement.epoch = epoch }
    }

    /// Adds to what the receipt will say was removed beside items.
    func note(_ count: Int, of what: String) throws {
        var others = try context.value(for: OffboardMemory.others, as: [String: Int].self) ?? [:]
        others[what, default: 0] += count
        try context.set(others, for: OffboardMemory.others)
    }
}

/// Ends a call of a step before it holds a store too long.
struct Slice {
    private let context: RunContext
    private let begun: UInt64

    init(_ context: RunContext) {
        self.context = context
        begun = context.clock.monotonicNanoseconds()
    }

    var isOver: Bool {
        context.isInterrupted
            || context.clock.monotonicNanoseconds() - begun >= Limits.departureSliceMilliseconds * 1_000_000
    }

    /// Called again after a pause in which others have the store.
    var again: StepResult { .again(afterMilliseconds: Limits.departurePauseMilliseconds) }
}
