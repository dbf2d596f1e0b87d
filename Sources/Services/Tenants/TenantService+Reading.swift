import Base
import Registry
import Tenancy

/// Which tenants a list is to show.
public struct TenantFilter: Hashable, Sendable {
    /// Only those of this tier.
    public var tier: TierName?
    /// Only those in this state.
    public var state: TenantStateName?
    /// Only those whose name contains this, in any case.
    public var nameContains: String?

    /// Those that meet all that is given.
    public init(tier: TierName? = nil, state: TenantStateName? = nil, nameContains: String? = nil) {
        self.tier = tier
        self.state = state
        self.nameContains = nameContains
    }

    func admits(_ record: TenantRecord) -> Bool {
        if let tier, record.tier != tier { return false }
        if let state, record.state.name != state { return false }
        if let nameContains, !record.name.lowercased().contains(nameContains.lowercased()) { return false }
        return true
    }
}

extension TenantService {
    /// Tenants in the order of their ids, behind `after`: a page of at most `limit`. With a filter a page may
    /// be shorter, or empty, and still have a `next`.
    public func list(_ filter: TenantFilter = TenantFilter(), after: String? = nil, limit: Int = 100) throws
        -> RegistryPage<TenantRecord>
    {
        let limit = max(1, min(limit, Limits.registryPageRecordsMax))
        var found: [TenantRecord] = []
        var next = after
        var looked = 0
        repeat {
            let page = try registry.list(TenantRecord.self, after: next, limit: limit)
            looked += page.records.count
            for record in page.records where filter.admits(record) {
                found.append(record)
                if found.count == limit {
                    let isLast = page.next == nil && record.id == page.records.last?.id
                    return RegistryPage(records: found, next: isLast ? nil : record.id.text)
                }
            }
            next = page.next
        } while next != nil && looked < Limits.listedRecordsMax
        return RegistryPage(records: found, next: next)
    }

    /// The tenant, its place and its store.
    /// - Throws: `TenantError.noSuchTenant`.
    public func details(of tenant: TenantID) throws -> TenantDetails {
        let record = try record(of: tenant)
        let placement = try registry.read(PlacementRecord.self, tenant)
        let store = try placement.flatMap { try registry.read(StoreRecord.self, $0.store) }
        return TenantDetails(record: record, placement: placement, store: store)
    }

    /// The tenant's schools, oldest first.
    /// - Throws: `TenantError.noSuchTenant`.
    public func schools(of tenant: TenantID) throws -> [SchoolRecord] { try record(of: tenant).schools }

    /// The tenant that a text means: an id, or a name that a tenant has reserved.
    /// - Throws: `TenantError.noSuchTenant`.
    public func tenant(named text: String) throws -> TenantID {
        if let id = TenantID(text), try registry.read(TenantRecord.self, id) != nil { return id }
        let name = NameReservation.folded(text)
        guard !name.isEmpty, name.utf8.count <= Limits.displayNameCharactersMax * 4,
            let reservation = try registry.read(NameReservation.self, name)
        else { throw TenantError.noSuchTenant(text) }
        return reservation.tenant
    }

    func record(of tenant: TenantID) throws -> TenantRecord {
        guard let record = try registry.read(TenantRecord.self, tenant) else {
            throw TenantError.noSuchTenant(tenant.text)
        }
        return record
    }
}
