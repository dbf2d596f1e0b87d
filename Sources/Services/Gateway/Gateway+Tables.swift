import Base
import Policies

extension Gateway {
    /// What DescribeTable says beside the table's shape.
    public struct TableDescription: Sendable {
        /// The logical table.
        public let table: GatewayTable
        /// Since when the tenant has it.
        public let createdAt: Timestamp
    }

    /// DescribeTable.
    public func describeTable(
        _ table: GatewayTable, by caller: GatewayCaller
    ) throws(GatewayError) -> TableDescription {
        let route = try route(of: caller.session)
        caller.ask(.describeTable, table, at: clock.now())
        try caller.decide(by: policies)
        return TableDescription(table: table, createdAt: route.createdAt)
    }

    /// ListTables: the logical tables that the tenant has, by name.
    public func listTables(by caller: GatewayCaller) throws(GatewayError) -> [GatewayTable] {
        let route = try route(of: caller.session)
        caller.askAboutTables(.listTables, at: clock.now())
        try caller.decide(by: policies)
        guard let place = route.place else { return try operatorTables.all() }
        return tables.all.filter { table in table.number.map { place.tables[$0] != nil } ?? false }
    }
}
