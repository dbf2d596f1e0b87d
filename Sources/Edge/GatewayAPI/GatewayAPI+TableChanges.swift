import Backups
import Base
import Gateway
import Tables

/// CreateTable, UpdateTable, DeleteTable.
extension GatewayAPI {
    func createTable(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireTable(parsing: body)
        let name = try tableName(request, caller)
        try request.checkCreation()
        let region = caller.regionName
        let definition = try request.definition(named: name, region: region)
        // The name is taken: a restore gives it to its table when that is complete, and could not if it were another's by then.
        if caller.session.tenant == nil, backups?.restores()[name] != nil {
            throw WireError(GatewayError.resourceInUse("Table already exists: \(name)"))
        }
        try inGateway { () throws(GatewayError) in
            try gateway.createTable(definition, by: caller) { result in
                Self.answer(result, "TableDescription", region, reply)
            }
        }
    }

    func updateTable(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let request = try WireTable(parsing: body)
        let name = try tableName(request, caller)
        try request.checkUpdate()
        let region = caller.regionName
        let change = try request.change(region: region)
        try inGateway { () throws(GatewayError) in
            try gateway.updateTable(name, change, by: caller) { result in
                Self.answer(result, "TableDescription", region, reply)
            }
        }
    }

    func deleteTable(_ body: [UInt8], _ caller: GatewayCaller, _ reply: Reply) throws(WireError) {
        let name = try tableName(try WireTable(parsing: body), caller)
        let region = caller.regionName
        try inGateway { () throws(GatewayError) in
            try gateway.deleteTable(name, by: caller) { result in
                Self.answer(result, "TableDescription", region, reply)
            }
        }
    }
}
