import Base
import LocalTables
import Registry
import Tables
import Testing

/// A registry's file of an earlier version, whose table has not all indexes.
@Suite struct AuditUpgradeTests {
    private static let schema = Registry.schema
    private static let indexes = schema.indexes.map(\.name)

    /// All indexes gone, and each alone.
    static let lacking: [[String]] = [indexes] + indexes.map { [$0] }

    private func found(in world: AuditWorld) throws -> [[Int64]] {
        var byTenant = AuditQuery()
        byTenant.tenant = try tenantID(1)
        var byActor = AuditQuery()
        byActor.actor = .credential("k1")
        var byAction = AuditQuery()
        byAction.action = .named("tenant.renamed")
        return try [byTenant, byActor, byAction].map { query in
            var query = query
            query.limit = 1000
            return try world.registry.audit(query).entries.compactMap(\.number)
        }
    }

    @Test(arguments: lacking) func openingMakesTheIndexesThatAreNotThere(lacking: [String]) throws {
        let world = try AuditWorld()
        try world.write(40)
        let before = try found(in: world)
        #expect(before.map(\.count).min() ?? 0 > 10)
        for name in lacking { try world.store.removeIndex(name, of: Registry.tableName) }
        let left = try #require(world.store.schema(of: Registry.tableName)).indexes.map(\.name)
        #expect(Set(left) == Set(Self.indexes).subtracting(lacking))
        try world.tamper()
        let after = try #require(world.store.schema(of: Registry.tableName)).indexes
        #expect(Set(after.map(\.name)) == Set(Self.indexes))
        // What is written before their entries are all made is found too.
        try world.write(5)
        let store = try #require(world.store as? LocalStore)
        while try store.keepHouse() {}
        let all = try found(in: world)
        for (old, new) in zip(before, all) { #expect(Set(old).isStrictSubset(of: Set(new))) }
        #expect(try world.faults() == [])
        // A second time there is nothing to make.
        try world.tamper()
        #expect(try found(in: world) == all)
    }
}
