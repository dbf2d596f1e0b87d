import Base
import Gateway
import Items

/// What AWS's model says of the parameters: all that is broken is answered at once, in the order of AWS's answers.
extension WireTable {
    /// Checks the parameters of CreateTable.
    /// - Throws: ValidationException.
    func checkCreation() throws(WireError) {
        var check = ConstraintCheck()
        check.require(attributes != nil, "attributeDefinitions")
        check.attributes(attributes)
        check.oneOf(billingMode, "billingMode", "PROVISIONED", "PAY_PER_REQUEST")
        check.throughput(throughput, "provisionedThroughput")
        check.keySchema(keySchema, "keySchema", max: 2)
        check.indexes(localIndexes, "localSecondaryIndexes", keysMax: 2)
        check.indexes(
            globalIndexes, "globalSecondaryIndexes", keysMax: 2 * Limits.keySideAttributesMax)
        checkOptions(&check)
        try check.finish()
    }

    /// Checks the parameters of UpdateTable.
    /// - Throws: ValidationException.
    func checkUpdate() throws(WireError) {
        var check = ConstraintCheck()
        check.attributes(attributes)
        check.oneOf(billingMode, "billingMode", "PROVISIONED", "PAY_PER_REQUEST")
        check.throughput(throughput, "provisionedThroughput")
        for (number, update) in (indexUpdates ?? []).enumerated() {
            let place = "globalSecondaryIndexUpdates.\(number + 1).member"
            if let index = update.update {
                check.indexName(index.name, "\(place).update.indexName")
                check.require(index.throughput != nil, "\(place).update.provisionedThroughput")
                check.throughput(index.throughput, "\(place).update.provisionedThroughput")
            }
            if let index = update.create {
                check.index(index, "\(place).create", keysMax: 2 * Limits.keySideAttributesMax)
            }
            if let index = update.delete { check.indexName(index.name, "\(place).delete.indexName") }
        }
        checkOptions(&check)
        try check.finish()
    }

    private func checkOptions(_ check: inout ConstraintCheck) {
        if let stream {
            check.require(stream.isEnabled != nil, "streamSpecification.streamEnabled")
            check.oneOf(
                stream.viewType, "streamSpecification.streamViewType", "NEW_IMAGE", "OLD_IMAGE",
                "NEW_AND_OLD_IMAGES", "KEYS_ONLY")
        }
        check.oneOf(encryption?.type, "sSESpecification.sSEType", "AES256", "KMS")
    }
}

extension ConstraintCheck {
    fileprivate mutating func attributes(_ attributes: [WireTable.Attribute]?) {
        for (number, attribute) in (attributes ?? []).enumerated() {
            let place = "attributeDefinitions.\(number + 1).member"
            require(attribute.name != nil, "\(place).attributeName")
            length(attribute.name, "\(place).attributeName", max: 255)
            require(attribute.type != nil, "\(place).attributeType")
            oneOf(attribute.type, "\(place).attributeType", "B", "N", "S")
        }
    }

    fileprivate mutating func throughput(_ throughput: WireTable.Throughput?, _ place: String) {
        guard let throughput else { return }
        require(throughput.writeUnits != nil, "\(place).writeCapacityUnits")
        range(throughput.writeUnits, "\(place).writeCapacityUnits", min: 1)
        require(throughput.readUnits != nil, "\(place).readCapacityUnits")
        range(throughput.readUnits, "\(place).readCapacityUnits", min: 1)
    }

    fileprivate mutating func keySchema(_ elements: [WireTable.KeyElement]?, _ place: String, max: Int) {
        require(elements != nil, place)
        guard let elements else { return }
        if elements.isEmpty { fail("[]", place, "Member must have length greater than or equal to 1") }
        if elements.count > max { fail("[…]", place, "Member must have length less than or equal to \(max)") }
        for (number, element) in elements.enumerated() {
            let place = "\(place).\(number + 1).member"
            require(element.name != nil, "\(place).attributeName")
            length(element.name, "\(place).attributeName", max: 255)
            require(element.type != nil, "\(place).keyType")
            oneOf(element.type, "\(place).keyType", "HASH", "RANGE")
        }
    }

    fileprivate mutating func indexes(_ indexes: [WireTable.Index]?, _ place: String, keysMax: Int) {
        for (number, index) in (indexes ?? []).enumerated() {
            self.index(index, "\(place).\(number + 1).member", keysMax: keysMax)
        }
    }

    fileprivate mutating func index(_ index: WireTable.Index, _ place: String, keysMax: Int) {
        require(index.projection != nil, "\(place).projection")
        oneOf(index.projection?.type, "\(place).projection.projectionType", "ALL", "INCLUDE", "KEYS_ONLY")
        if let names = index.projection?.nonKeyAttributes {
            let place = "\(place).projection.nonKeyAttributes"
            if names.isEmpty { fail("[]", place, "Member must have length greater than or equal to 1") }
            if names.count > 20 { fail("[…]", place, "Member must have length less than or equal to 20") }
        }
        indexName(index.name, "\(place).indexName")
        throughput(index.throughput, "\(place).provisionedThroughput")
        keySchema(index.keySchema, "\(place).keySchema", max: keysMax)
    }

    fileprivate mutating func indexName(_ value: String?, _ place: String) {
        require(value != nil, place)
        name(value, place)
    }

    /// A text of 1 to `max` characters, where there is one.
    mutating func length(_ value: String?, _ place: String, max: Int) {
        guard let value else { return }
        if value.isEmpty { fail(value, place, "Member must have length greater than or equal to 1") }
        if value.utf16.count > max {
            fail(value, place, "Member must have length less than or equal to \(max)")
        }
    }
}
