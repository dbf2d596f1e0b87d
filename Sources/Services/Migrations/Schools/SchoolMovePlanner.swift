import Base
import Items
import Registry
import Tables
import Tenancy

/// Decides whether a school may be moved, and what that takes.
struct SchoolMovePlanner {
    let environment: MoveEnvironment
    let clock: any Clock

    /// - Throws: `SchoolMoveError` where it is refused.
    func decide(_ input: SchoolMoveInput) throws -> SchoolRoute {
        let from = try active(input.from)
        let to = try active(input.to)
        guard from.id != to.id else { throw SchoolMoveError.sameTenant(from.id) }
        guard let school = from.schools.first(where: { $0.id == input.school }) else {
            throw SchoolMoveError.noSuchSchool(from.id, input.school)
        }
        if case .moving(let run) = school.state { throw SchoolMoveError.moving(school.id, run: run) }
        try checkLimit(of: to)
        if !input.allowsDuplicateName,
            let other = to.schools.first(where: {
                DisplayName($0.name)?.comparisonText == DisplayName(school.name)?.comparisonText
            })
        {
            throw SchoolMoveError.nameTaken(to.id, name: school.name, by: other.id)
        }
        let route = SchoolRoute(
            school: school.id, name: school.name, state: school.state, source: try end(from),
            target: try end(to))
        if let found = SchoolItems(environment, route).districtIndex {
            throw SchoolMoveError.districtIndex(table: found.table, index: found.index)
        }
        return route
    }

    /// Refuses one school more than the tenant may have.
    func checkLimit(of tenant: TenantRecord) throws {
        let tier = environment.tier(tenant.tier).map { tenant.effective($0, at: clock.now()) }
        guard let max = tier?.schoolsMax, tenant.schools.count + 1 > max else { return }
        throw SchoolMoveError.tooManySchools(tenant.id, schools: tenant.schools.count + 1, max: max)
    }

    /// What it would do now, all of it counted.
    func plan(_ input: SchoolMoveInput) throws -> SchoolMovePlan { try plan(decide(input)) }

    /// What a move by this route would do now.
    /// - Throws: `SchoolMoveError.targetNotEmpty`.
    func plan(_ route: SchoolRoute) throws -> SchoolMovePlan {
        let items = SchoolItems(environment, route)
        let source = try environment.stores.store(route.source.store)
        if !route.isInOneStore {
            let target = try environment.stores.store(route.target.store)
            let there = try items.extent(items.owned(at: route.target), in: target).items
            guard there == 0 else {
                throw SchoolMoveError.targetNotEmpty(route.target.store, items: there)
            }
        }
        let others = try unrecognised(items, in: source)
        let owned = try items.extent(items.owned(at: route.source), in: source)
        if !route.isInOneStore {
            do throws(NoCapacity) { try environment.capacity.require(bytes: 2 * owned.bytes) } catch {
                throw SchoolMoveError.noCapacity(error.description)
            }
        }
        return SchoolMovePlan(
            school: route.school, name: route.name, from: route.source.tenant, to: route.target.tenant,
            fromStore: route.source.store, toStore: route.target.store, owned: owned,
            hanging: try items.extent(items.hanging(at: route.source), in: source),
            unrecognised: others.count, unrecognisedKeys: others.keys)
    }

    private func active(_ id: TenantID) throws -> TenantRecord {
        guard let tenant = try environment.registry.read(TenantRecord.self, id) else {
            throw SchoolMoveError.noSuchTenant(id)
        }
        guard tenant.state == .active else { throw SchoolMoveError.notActive(id, state: tenant.state.name) }
        return tenant
    }

    private func end(_ tenant: TenantRecord) throws -> SchoolRoute.End {
        let placement = try environment.registry.require(PlacementRecord.self, tenant.id)
        return SchoolRoute.End(tenant: tenant.id, store: placement.store, tables: placement.tables)
    }

    /// Items of the district that name the school and hang on it by no rule. Looked for as bytes: an id is sixteen of them.
    private func unrecognised(
        _ items: SchoolItems, in store: any MovableStore
    ) throws -> (count: Int, keys: [String]) {
        let id = Array(items.school.text.utf8)
        let stems = environment.catalog.schoolStems
        var count = 0
        var keys: [String] = []
        for walk in items.district(at: items.source) where store.schema(of: walk.range.table) != nil {
            var after: EncodedKey?
            while true {
                let rows = try store.rows(
                    in: walk.range, after: after, itemsMax: Limits.schoolChunkItemsMax,
                    bytesMax: Limits.moveChunkBytesMax)
                guard let last = rows.last?.key else { break }
                after = last
                for row in rows
                where row.image.bytes.firstRange(of: id) != nil || row.key.sort.firstRange(of: id) != nil {
                    let isRecognised = stems.contains {
                        $0.table == walk.table && $0.covers(row.key, of: items.school)
                    }
                    guard !isRecognised else { continue }
                    count += 1
                    guard keys.count < Limits.unrecognisedKeysShownMax else { continue }
                    keys.append(DifferingKey(table: walk.range.table, key: row.key).description)
                }
            }
        }
        return (count, keys)
    }
}
