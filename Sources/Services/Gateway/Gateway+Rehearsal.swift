import Base
import Policies
import Registry
import Synchronization
import Tables
import Tenancy

/// What a gateway asks the policies about requests that are only rehearsed: every question is noted, none is answered with no,
/// and nothing is read or written.
public final class Rehearsal: Sendable {
    private let asked = Mutex<[DecisionRequest]>([])

    /// Nothing asked yet.
    public init() {}

    /// What was asked, in order.
    public var questions: [DecisionRequest] { asked.withLock { $0 } }

    func note(_ question: DecisionRequest) { asked.withLock { $0.append(question) } }
}

extension Gateway {
    /// The tenant of rehearsed sessions.
    private static let rehearsedTenant = "t000000000000000"

    /// A gateway for rehearsals: it knows the tables of a catalog and one tenant, which has no place, so that whatever is asked
    /// of it ends where a store would be opened.
    public static func rehearsing(_ catalog: Catalog, clock: any Clock) -> Gateway {
        let routes = TenantRoutes(catalog: catalog, stores: NoStores(), clock: clock)
        guard let tenant = TenantID(rehearsedTenant), let timezone = TimeZoneName("UTC"),
            let email = EmailAddress("nobody@example.org"), let tier = catalog.tiers.first?.name
        else { preconditionFailure("a catalog has a tier, and the rest is well formed") }
        let record = TenantRecord(
            id: tenant, name: "rehearsal", tier: tier, state: .active, timezone: timezone, adminEmail: email,
            createdAt: clock.now())
        return Gateway(
            routes: routes, directory: Directory(of: [record], compile: routes.compile),
            policies: ActivePolicies(.none), clock: clock)
    }

    /// A caller whose requests to such a gateway are rehearsed.
    /// - Throws: `PrincipalAttributes.TagFault` where a tag is not of the form that AWS allows.
    public static func rehearsingCaller(
        role: String, tags: [(name: String, value: String)], region: String, in rehearsal: Rehearsal,
        at now: Timestamp
    ) throws(PrincipalAttributes.TagFault) -> GatewayCaller {
        guard let tenant = TenantID(rehearsedTenant) else { preconditionFailure("a well formed id") }
        let session = try GatewaySession(
            tenant: tenant, school: tenant.text, role: role, name: "simulation", tags: tags, issuedAt: now,
            expiresAt: Timestamp(milliseconds: .max))
        let caller = GatewayCaller(session: session, remoteAddress: "", isSecure: false)
        caller.begin(session, region: Array(region.utf8)[...])
        caller.rehearsal = rehearsal
        return caller
    }
}

/// No stores at all.
private final class NoStores: StoreProvider {
    func store(_ id: StoreID) throws(TableError) -> any MovableStore { throw .noSuchStore(id) }

    func create(_ id: StoreID, tables: [TableSchema]) throws(TableError) -> any MovableStore {
        throw .noSuchStore(id)
    }

    func remove(_ id: StoreID) {}

    func list() -> [StoreID] { [] }

    func diskBytes(of id: StoreID) throws(TableError) -> Int { throw .noSuchStore(id) }
}
