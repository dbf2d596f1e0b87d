import Base
import Gateway
import Items
import Tables

/// What UpdateTable asks for, once it keeps the rules that need no look at the table. The texts are AWS's.
extension WireTable {
    /// What it asks for; its parameters have been checked one by one.
    /// - Throws: ValidationException, LimitExceededException.
    func change(region: String) throws(WireError) -> TableChange {
        try checkCombination()
        var change = TableChange()
        change.billing = billingMode.map { $0 == "PAY_PER_REQUEST" ? .byRequest : .provisioned }
        change.throughput = try Self.throughput(throughput)
        change.kinds = try kinds()
        try readIndexUpdates(into: &change)
        if let stream { change.stream = try Self.change(stream) }
        if let encryption {
            change.encryption = try Self.encryption(encryption, region: region).map { .on($0) } ?? .off
        }
        change.isDeletionProtected = isDeletionProtected
        change.tableClass = try checkedTableClass()
        change.onDemandMax = try onDemandMax()
        change.warmThroughput = warmThroughput()
        return change
    }

    private var hasIndexUpdates: Bool { indexUpdates?.isEmpty == false }

    private func checkCombination() throws(WireError) {
        let others = [
            throughput != nil, billingMode != nil, hasIndexUpdates, stream != nil, onDemand != nil,
            warm != nil,
        ].contains(true)
        if encryption != nil, others || tableClass != nil || isDeletionProtected != nil {
            throw .invalidTable(
                "Server-Side Encryption modification must be the only operation in the request")
        }
        if tableClass != nil, others || isDeletionProtected != nil {
            throw .invalidTable("TableClass modification must be the only operation in the request")
        }
        if isDeletionProtected != nil, others {
            throw .invalidTable("DeletionProtection modification must be the only operation in the request")
        }
        guard others || encryption != nil || tableClass != nil || isDeletionProtected != nil else {
            throw .validation(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, "
                    + "SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, "
                    + "MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or "
                    + "TableClass is required")
        }
        let changesIndexes = (indexUpdates ?? []).contains { $0.create != nil || $0.delete != nil }
        if stream != nil, throughput != nil {
            throw .invalidTable("You cannot modify stream status while updating table IOPS")
        }
        if changesIndexes, throughput != nil {
            throw .invalidTable("You cannot create or delete index while updating table IOPS")
        }
        if changesIndexes, stream != nil {
            throw .invalidTable("You cannot create or delete index while changing stream status")
        }
    }

    private func readIndexUpdates(into change: inout TableChange) throws(WireError) {
        var names: Set<String> = []
        var structural = 0
        for update in indexUpdates ?? [] {
            let actions = [update.create, update.update, update.delete].compactMap(\.self)
            guard let action = actions.first else {
                throw .invalidTable(
                    "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                        + "GlobalSecondaryIndexUpdate.Delete must not be null")
            }
            guard actions.count == 1 else {
                throw .invalidTable(
                    "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object")
            }
            let name = action.name ?? ""
            guard names.insert(name).inserted else {
                throw .invalidTable(
                    "Only one global secondary index update per index is allowed simultaneously. Index: \(name)"
                )
            }
            if let index = update.update {
                guard let units = try Self.throughput(index.throughput) else { continue }
                change.indexThroughput.append((name, units))
                continue
            }
            structural += 1
            if update.delete != nil { change.removedIndex = name }
            if let index = update.create { change.addedIndex = try created(index) }
        }
        guard structural <= 1 else {
            throw WireError(
                GatewayError.limitExceeded(
                    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
                ))
        }
    }

    private func created(_ index: Index) throws(WireError) -> IndexDefinition {
        // Its attributes may be defined here or be the table's own: that is for the gateway to see.
        let rules = KeyRules(attributes: (index.keySchema ?? []).compactMap(\.name))
        var names: Set<String> = []
        return try Self.definition(
            index, try rules.check(index.keySchema ?? [], isTable: false), .global, &names)
    }

    private static func change(_ stream: Stream) throws(WireError) -> TableChange.StreamChange {
        let type = stream.viewType.flatMap(TableOptions.Stream.ViewType.init(rawValue:))
        guard stream.isEnabled == true else {
            guard type == nil else {
                throw .invalidTable("If stream is being disabled, then UpdateViewType must not be specified")
            }
            return .off
        }
        guard let type else {
            throw .invalidTable("If stream is being enabled then UpdateViewType is required")
        }
        return .on(type)
    }
}
