import Base
import Gateway
import Items
import Tables

/// What a request asks for, once it keeps DynamoDB's rules. The texts are AWS's.
extension WireTable {
    /// What CreateTable asks for; its parameters have been checked one by one.
    /// - Throws: ValidationException.
    func definition(named name: TableName, region: String) throws(WireError) -> TableDefinition {
        var options = TableOptions()
        options.throughput = try creationThroughput()
        let kinds = try kinds()
        let keyRules = KeyRules(attributes: (attributes ?? []).compactMap(\.name))
        let key = try keyRules.check(keySchema ?? [], isTable: true)
        if localIndexes == nil, globalIndexes == nil, key.names.count != keyRules.attributes.count {
            throw .invalidTable(
                "Number of attributes in KeySchema does not exactly match number of attributes defined in "
                    + "AttributeDefinitions")
        }
        let indexes = try indexDefinitions(key, keyRules)
        let used = MemberSet(key.names + indexes.flatMap { $0.partitions + $0.sorts })
        guard used.count == keyRules.attributes.count else {
            let inOrder = keyRules.attributes.filter { used.contains($0) }
            throw .invalidTable(
                "Some AttributeDefinitions are not used. AttributeDefinitions: [\(keyRules.list)], keys used: "
                    + "[\(inOrder.joined(separator: ", "))]")
        }
        for index in indexes where index.kind == .global {
            options.indexThroughput[index.name] = index.throughput
        }
        options.stream = try creationStream()
        options.encryption = try Self.encryption(encryption, region: region)
        options.tableClass = try checkedTableClass()
        options.onDemandMax = try onDemandMax()
        guard options.onDemandMax == nil || options.throughput == nil else {
            throw .invalidTable(
                "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
            )
        }
        options.warmThroughput = warmThroughput()
        options.isDeletionProtected = isDeletionProtected ?? false
        options.tags = try TagRules.tags(tags ?? [])
        guard let table = IndexDefinition(key, name: "").schema(kinds) else { throw .serialization(nil) }
        return TableDefinition(
            schema: TableSchema(name: name, key: table.key, indexes: indexes.compactMap { $0.schema(kinds) }),
            options: options)
    }

    // MARK: Attributes and keys

    func kinds() throws(WireError) -> [ExactText: KeyType] {
        var kinds: [ExactText: KeyType] = [:]
        for attribute in attributes ?? [] {
            guard let name = attribute.name, let type = attribute.type.flatMap(KeyType.init(rawValue:)) else {
                continue
            }
            guard kinds.updateValue(type, forKey: ExactText(name)) == nil else {
                throw .validation("Attribute Name is duplicated: \(name)")
            }
        }
        return kinds
    }

    private func indexDefinitions(
        _ key: KeyRules.Key, _ rules: KeyRules
    ) throws(WireError) -> [IndexDefinition] {
        var definitions: [IndexDefinition] = []
        var names: Set<String> = []
        if let localIndexes {
            guard !localIndexes.isEmpty else {
                throw .invalidTable("List of LocalSecondaryIndexes is empty")
            }
            guard !key.sorts.isEmpty else {
                throw .invalidTable(
                    "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
                )
            }
            for index in localIndexes {
                definitions.append(try localIndex(index, key, rules, &names))
            }
            guard localIndexes.count <= Limits.localIndexesMax else {
                throw .invalidTable(
                    "Number of LocalSecondaryIndexes exceeds per-table limit of \(Limits.localIndexesMax)")
            }
        }
        if let globalIndexes {
            guard !globalIndexes.isEmpty else {
                throw .invalidTable("List of GlobalSecondaryIndexes is empty")
            }
            for index in globalIndexes { definitions.append(try globalIndex(index, rules, &names)) }
            guard globalIndexes.count <= Limits.globalIndexesMax else {
                throw .invalidTable(
                    "GlobalSecondaryIndex count exceeds the per-table limit of \(Limits.globalIndexesMax)")
            }
        }
        return definitions
    }

    private func localIndex(
        _ index: Index, _ table: KeyRules.Key, _ rules: KeyRules, _ names: inout Set<String>
    ) throws(WireError) -> IndexDefinition {
        let name = index.name ?? ""
        let key = try rules.check(index.keySchema ?? [], isTable: true)
        guard !key.sorts.isEmpty else {
            throw .invalidTable("Index KeySchema does not have a range key for index: \(name)")
        }
        guard key.partitions == table.partitions else {
            throw .invalidTable(
                "Index KeySchema does not have the same leading hash key as table KeySchema for index: \(name). "
                    + "index hash key: \(key.partitions[0]), table hash key: \(table.partitions[0])")
        }
        return try Self.definition(index, key, .local, &names)
    }

    private func globalIndex(
        _ index: Index, _ rules: KeyRules, _ names: inout Set<String>
    ) throws(WireError) -> IndexDefinition {
        let key = try rules.check(index.keySchema ?? [], isTable: false)
        let definition = try Self.definition(index, key, .global, &names)
        if billingMode == "PAY_PER_REQUEST" {
            guard definition.throughput == nil else {
                throw .invalidTable(
                    "ProvisionedThroughput should not be specified for index: \(definition.name) when BillingMode is "
                        + "PAY_PER_REQUEST")
            }
        } else if definition.throughput == nil {
            throw .invalidTable("ProvisionedThroughput is not specified for index: \(definition.name)")
        }
        return definition
    }

    static func definition(
        _ index: Index, _ key: KeyRules.Key, _ kind: IndexSchema.Kind, _ names: inout Set<String>
    ) throws(WireError) -> IndexDefinition {
        var definition = IndexDefinition(key, name: index.name ?? "", kind: kind)
        definition.projection = try projection(index.projection)
        definition.throughput = try throughput(index.throughput)
        guard names.insert(definition.name).inserted else {
            throw .invalidTable("Duplicate index name: \(definition.name)")
        }
        return definition
    }

    private static func projection(_ projection: Projection?) throws(WireError) -> IndexSchema.Projection {
        guard let type = projection?.type else { throw .invalidTable("Unknown ProjectionType: null") }
        guard type == "INCLUDE" else {
            guard projection?.nonKeyAttributes == nil else {
                throw .invalidTable("ProjectionType is \(type), but NonKeyAttributes is specified")
            }
            return type == "ALL" ? .all : .keysOnly
        }
        guard let names = projection?.nonKeyAttributes else {
            throw .invalidTable("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
        }
        var seen: Set<ExactText> = []
        for name in names where !seen.insert(ExactText(name)).inserted {
            throw .invalidTable("Duplicate element in NonKeyAttributes: \(name)")
        }
        return .include(names)
    }

    // MARK: Options

    private func creationThroughput() throws(WireError) -> TableOptions.Throughput? {
        if billingMode == "PAY_PER_REQUEST" {
            guard throughput == nil else {
                throw .invalidTable(
                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
                        + "PAY_PER_REQUEST")
            }
            return nil
        }
        guard let given = try Self.throughput(throughput) else {
            throw .invalidTable(
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
            )
        }
        return given
    }

    static func throughput(_ throughput: Throughput?) throws(WireError) -> TableOptions.Throughput? {
        guard let throughput, let reads = throughput.readUnits, let writes = throughput.writeUnits else {
            return nil
        }
        for (units, name) in [(reads, "ReadCapacityUnits"), (writes, "WriteCapacityUnits")]
        where units > Limits.capacityUnitsMax {
            throw .validation("Given value \(units) for \(name) is out of bounds")
        }
        return TableOptions.Throughput(readUnits: reads, writeUnits: writes)
    }

    private func creationStream() throws(WireError) -> TableOptions.Stream? {
        guard let stream else { return nil }
        let type = stream.viewType.flatMap(TableOptions.Stream.ViewType.init(rawValue:))
        guard stream.isEnabled == true else {
            guard type == nil else {
                throw .invalidTable(
                    "Table is being created with a stream disabled, UpdateViewType should not be specified")
            }
            return nil
        }
        guard let type else {
            throw .invalidTable("Table is being created with a stream enabled, UpdateViewType is required")
        }
        return TableOptions.Stream(viewType: type, startedAt: Timestamp(milliseconds: 0))
    }

    /// The encryption that a specification asks for; nil for the service's own, which is not described.
    static func encryption(
        _ wanted: Encryption?, region: String
    ) throws(WireError) -> TableOptions.Encryption? {
        guard let wanted else { return nil }
        if wanted.isEnabled == false {
            guard wanted.type == nil else {
                throw .invalidTable("SSEType can not be specified if Enabled is false")
            }
            guard wanted.key == nil else {
                throw .invalidTable("KMSMasterKeyId can not be specified if Enabled is false")
            }
            return nil
        }
        if wanted.type == "AES256" { throw .invalidTable("SSEType AES256 is not supported") }
        guard wanted.isEnabled == true || wanted.type != nil || wanted.key != nil else { return nil }
        let owner = "arn:aws:kms:\(region):\(GatewaySession.account):"
        guard let key = wanted.key else {
            return TableOptions.Encryption(keyARN: owner + "alias/aws/dynamodb")
        }
        if key.hasPrefix("arn:") { return TableOptions.Encryption(keyARN: key) }
        return TableOptions.Encryption(keyARN: owner + (key.hasPrefix("alias/") ? key : "key/\(key)"))
    }

    func checkedTableClass() throws(WireError) -> String? {
        guard let tableClass else { return nil }
        guard ["STANDARD", "STANDARD_INFREQUENT_ACCESS"].contains(tableClass) else {
            throw .validation(
                "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
                    + "STANDARD_INFREQUENT_ACCESS].")
        }
        return tableClass
    }
}

extension IndexDefinition {
    /// An index of this key, that holds all.
    init(_ key: KeyRules.Key, name: String, kind: IndexSchema.Kind = .global) {
        self.init(
            name: name, partitions: key.partitions, sorts: key.sorts, projection: .all, kind: kind)
    }
}

extension WireError {
    /// A ValidationException with the words that most texts about tables begin with.
    static func invalidTable(_ text: String) -> WireError {
        .validation("One or more parameter values were invalid: " + text)
    }
}

extension Limits {
    /// Capacity units of a table or an index. Source: what AWS refuses.
    static let capacityUnitsMax = 1_000_000_000_000
}
