import Base
import HTTPServer
import Registry
import Tables
import Tenancy

/// Where tenants' items are: the placement of each, and the physical tables of each store.
enum PlacementRoutes {
    static let routes: [ControlRoute] = [
        ControlRoute(
            .get, "/v1/placements",
            query: ["tenant", "store", "tier", "isolation", "sort", "cursor", "limit"], placements),
        ControlRoute(
            .get, "/v1/tables", query: ["tenant", "store", "tier", "name", "sort", "cursor", "limit"], tables),
    ]

    // MARK: Placements

    /// A tenant that has a place.
    struct Placed {
        let tenant: TenantRecord
        let placement: PlacementRecord
    }

    static let placementOrder = ListOrder<Placed>(
        id: { $0.tenant.id.text }, own: ["tenant": { _ in "" }, "store": { $0.placement.store.text }])

    /// Those of all tenants that the caller may know of.
    private static func placements(_ call: ControlCall) throws -> ControlResponse {
        let query = call.request.query
        let tenant = try query.tenant(for: call.caller)
        let (store, tier) = (query["store"], try query.tier(of: call.services.catalog))
        let isolation = try query.word("isolation", among: ["pooled", "dedicated"])
        let placed = call.services.directory.entries().compactMap { entry in
            entry.placement.map { Placed(tenant: entry.record, placement: $0) }
        }
        let found = placed.filter { place in
            call.caller.maySee(place.tenant.id) && (tenant.map { place.tenant.id == $0 } ?? true)
                && (store.map { place.placement.store.text == $0 } ?? true)
                && (tier.map { place.tenant.tier == $0 } ?? true)
                && (isolation.map { place.placement.isDedicated == ($0 == "dedicated") } ?? true)
        }
        let page = try placementOrder.page(of: found, query)
        return .page("placements", of: page.elements, next: page.next) { place, json in
            json.beginObject()
            json.member("tenant", place.tenant.id.text)
            json.member("tenantName", place.tenant.name)
            json.member("tier", place.tenant.tier.text)
            TenantDocument.write(place.placement, to: &json)
            json.endObject()
        }
    }

    // MARK: Tables

    /// A logical table in a store.
    struct PlacedTable {
        let name: TableName
        let logical: TableName
        let store: StoreRecord
    }

    static let tableOrder = ListOrder<PlacedTable>(
        id: { $0.name.text },
        own: [
            "table": { _ in "" }, "name": { $0.logical.text }, "store": { $0.store.id.text },
            "tier": { $0.store.tier.text },
        ])

    private static func tables(_ call: ControlCall) throws -> ControlResponse {
        let (query, catalog) = (call.request.query, call.services.catalog)
        let (name, tier) = (query["name"], try query.tier(of: catalog))
        // A tenant that has no place yet has no tables either.
        let place = try query.tenant(for: call.caller).map {
            call.services.directory.entry($0)?.placement?.store.text ?? ""
        }
        var found: [PlacedTable] = []
        try call.services.registry.forEach(StoreRecord.self) { store in
            let isWanted =
                (query["store"].map { store.id.text == $0 } ?? true)
                && (place.map { store.id.text == $0 } ?? true) && (tier.map { store.tier == $0 } ?? true)
            guard isWanted else { return }
            for table in catalog.tables where name.map({ table.name.text == $0 }) ?? true {
                found.append(
                    PlacedTable(name: store.physicalTable(table.name), logical: table.name, store: store))
            }
        }
        let page = try tableOrder.page(of: found, query)
        return .page("tables", of: page.elements, next: page.next) { table, json in
            json.beginObject()
            json.member("table", table.name.text)
            json.member("name", table.logical.text)
            json.member("store", table.store.id.text)
            json.member("tier", table.store.tier.text)
            json.member("isolation", table.store.kind.isolation)
            if case .dedicated(let tenant) = table.store.kind { json.member("tenant", tenant.text) }
            json.member("tenants", table.store.occupants)
            json.endObject()
        }
    }
}

extension StoreRecord {
    /// What a logical table is called in this store.
    fileprivate func physicalTable(_ logical: TableName) -> TableName {
        switch kind {
        case .pooled(let number): PhysicalNames.poolTable(logical, tier: tier, pool: number)
        case .dedicated(let tenant): PhysicalNames.tenantTable(logical, tier: tier, tenant: tenant)
        }
    }
}
