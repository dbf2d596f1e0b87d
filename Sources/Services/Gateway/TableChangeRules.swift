import Base
import Items
import Tables

/// Whether a table can be changed so, as it is now. The texts are AWS's.
struct TableChangeRules {
    let record: TableRecord
    let builds: [IndexBuild]
    let change: TableChange

    private var options: TableOptions { record.options }

    func check() throws(GatewayError) {
        try checkBilling()
        try checkIndexThroughput()
        try checkIndexes()
        try checkStream()
        try checkCapacity()
    }

    /// The index to make.
    /// - Throws: `invalid` where the kind of one of its attributes is not told.
    func addedIndex() throws(GatewayError) -> IndexSchema? {
        guard let definition = change.addedIndex else { return nil }
        var kinds = change.kinds
        // A key attribute that the table has already keeps its kind, whatever the request says of it.
        for attribute in record.schema.key.attributes + record.schema.indexes.flatMap(\.key.attributes) {
            kinds[ExactText(attribute.name)] = attribute.type
        }
        guard definition.partitions.allSatisfy({ kinds[ExactText($0)] != nil }),
            definition.sorts.allSatisfy({ kinds[ExactText($0)] != nil }), let index = definition.schema(kinds)
        else {
            throw Self.invalid("AttributeDefinitions is not specified for index: \(definition.name)")
        }
        return index
    }

    // MARK: Billing

    /// Whether the table is billed by request once the change is made.
    private var isByRequest: Bool {
        switch change.billing {
        case .byRequest: true
        case .provisioned: false
        case nil: options.throughput == nil
        }
    }

    private func checkBilling() throws(GatewayError) {
        if isByRequest {
            guard change.throughput == nil else {
                throw Self.invalid(
                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
                )
            }
            return
        }
        if options.throughput == nil {
            guard change.throughput != nil else {
                throw Self.invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
            }
            for index in globalIndexes
            where index.name != change.removedIndex
                && !change.indexThroughput.contains(where: { $0.index == index.name })
            {
                throw Self.invalid("ProvisionedThroughput must be specified for index: \(index.name)")
            }
        }
        if let wanted = change.throughput, let now = options.throughput, wanted == now,
            change.indexThroughput.isEmpty, change.addedIndex == nil, change.removedIndex == nil
        {
            throw Self.unchanged("table", wanted)
        }
    }

    private func checkIndexThroughput() throws(GatewayError) {
        for update in change.indexThroughput {
            guard let index = record.schema.index(named: update.index) else {
                throw .tableNotFound("Requested resource not found")
            }
            guard index.kind == .global else {
                throw .invalid(
                    .validation("Cannot update an index that is not a GlobalSecondaryIndex: \(index.name)"))
            }
            guard !isByRequest else {
                throw Self.invalid(
                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: \(index.name) when "
                        + "BillingMode is PAY_PER_REQUEST")
            }
            if options.indexThroughput[index.name] == update.throughput, change.throughput == nil {
                throw Self.unchanged("index \(index.name)", update.throughput)
            }
        }
    }

    // MARK: Indexes

    private var globalIndexes: [IndexSchema] { record.schema.indexes.filter { $0.kind == .global } }

    private func checkIndexes() throws(GatewayError) {
        if let name = change.removedIndex {
            guard let index = record.schema.index(named: name) else {
                throw .tableNotFound("Requested resource not found")
            }
            guard index.kind == .global else {
                throw .invalid(
                    .validation("Cannot delete an index that is not a GlobalSecondaryIndex: \(name)"))
            }
        }
        guard let added = change.addedIndex else { return }
        guard record.schema.index(named: added.name) == nil else {
            throw .invalid(.validation("Attempting to create an index which already exists"))
        }
        guard builds.isEmpty else {
            throw .limitExceeded(
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
            )
        }
        guard globalIndexes.count < Limits.globalIndexesMax else {
            throw .limitExceeded(
                "Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table limit of "
                    + "\(Limits.globalIndexesMax)")
        }
        if isByRequest, added.throughput != nil {
            throw Self.invalid(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: \(added.name) when "
                    + "BillingMode is PAY_PER_REQUEST")
        }
        if !isByRequest, added.throughput == nil {
            throw Self.invalid(
                "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: \(added.name)")
        }
    }

    private func checkStream() throws(GatewayError) {
        let name = record.schema.name
        switch change.stream {
        case .on where options.stream != nil:
            throw .invalid(.validation("Table already has an enabled stream: TableName: \(name)"))
        case .off where options.stream == nil:
            throw .invalid(.validation("Table has no stream to disable: TableName: \(name)"))
        case .on, .off, nil: break
        }
    }

    private func checkCapacity() throws(GatewayError) {
        guard change.onDemandMax == nil || isByRequest else {
            throw Self.invalid(
                "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
            )
        }
        guard let wanted = change.warmThroughput, let now = options.warmThroughput else { return }
        for (wanted, now, name) in [
            (wanted.readUnits, now.readUnits, "ReadUnitsPerSecond"),
            (wanted.writeUnits, now.writeUnits, "WriteUnitsPerSecond"),
        ] where wanted < now {
            throw Self.invalid(
                "Requested \(name) for WarmThroughput for table is lower than current WarmThroughput, decreasing "
                    + "WarmThroughput is not supported")
        }
    }

    // MARK: Texts

    private static func invalid(_ text: String) -> GatewayError {
        .invalid(.validation("One or more parameter values were invalid: " + text))
    }

    private static func unchanged(_ what: String, _ units: TableOptions.Throughput) -> GatewayError {
        let place = what == "table" ? "table" : "index"
        return .invalid(
            .validation(
                "The provisioned throughput for the \(what) will not change. The requested value equals the current value. "
                    + "Current ReadCapacityUnits provisioned for the \(place): \(units.readUnits). "
                    + "Requested ReadCapacityUnits: \(units.readUnits). "
                    + "Current WriteCapacityUnits provisioned for the \(place): \(units.writeUnits). "
                    + "Requested WriteCapacityUnits: \(units.writeUnits). "
                    + "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
            ))
    }
}
