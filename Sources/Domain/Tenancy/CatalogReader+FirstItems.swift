import Base
import Items
import JSONText

/// Whose first item it is.
enum FirstItemKind: String {
    case tenant, school
}

extension CatalogReader {
    mutating func firstItems(_ node: JSONText.Node?, of kind: FirstItemKind, tables: [LogicalTable])
        -> [ItemTemplate]
    {
        var templates: [ItemTemplate] = []
        var places: Set<SampleItem.Place> = []
        let what = "a \(kind.rawValue)'s first item"
        for element in array(node, "first items", max: Limits.firstItemsMax) {
            guard let object = object(element, what, needed: ["table", "item"]),
                let table = knownTable(object["table"], tables),
                let item = object["item"], case .object(let members) = item.value
            else {
                if case .object(let members) = element.value,
                    let item = members.first(where: { $0.name == "item" })?.node
                {
                    if case .object = item.value {} else { expected("`item` as an object", item) }
                }
                continue
            }
            let before = faults.count
            let attributes = templateAttributes(members)
            checkVariables(attributes, of: kind, key: table, at: item.position)
            guard faults.count == before else { continue }
            let template = ItemTemplate(table: table.name, attributes: attributes)
            checkKeys(template, of: kind, table: table, at: item.position, places: &places)
            templates.append(template)
        }
        return templates
    }

    private mutating func knownTable(_ node: JSONText.Node?, _ tables: [LogicalTable]) -> LogicalTable? {
        guard let node, let text = string(node, "a first item's `table`") else { return nil }
        if let table = tables.first(where: { $0.name.text == text }) { return table }
        if !tables.isEmpty {
            fault(
                node.position, "there is no table `\(text)`",
                Suggestion.remedy(for: text, among: tables.map(\.name.text)))
        }
        return nil
    }

    /// Variables of a school in a tenant's item, and free text in a key, are faults.
    private mutating func checkVariables(
        _ attributes: [String: TemplateValue], of kind: FirstItemKind, key table: LogicalTable,
        at position: TextPosition
    ) {
        let keys = Set((table.key.attributes + table.indexes.flatMap(\.key.attributes)).map(\.name))
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            for variable in value.variables {
                if kind == .tenant, !variable.isOfTenant {
                    fault(
                        position,
                        "`\(name)` uses `{\(variable.rawValue)}`, but a tenant's first item has no school",
                        "move the item to the school's first items")
                }
                if variable.isFreeText, keys.contains(name) {
                    fault(
                        position,
                        "the key attribute `\(name)` uses `{\(variable.rawValue)}`, whose text is free",
                        "use an id in keys")
                }
            }
        }
    }

    /// Fills the item for sample owners and checks keys, owners, and that no two of these items are one.
    private mutating func checkKeys(
        _ template: ItemTemplate, of kind: FirstItemKind, table: LogicalTable, at position: TextPosition,
        places: inout Set<SampleItem.Place>
    ) {
        let samples = kind == .tenant ? [SampleItem.tenant] : [SampleItem.school, SampleItem.otherSchool]
        for sample in samples {
            let item = template.filled(with: sample.values).item
            do throws(ItemError) {
                let key = try table.key.key(ofItem: item)
                checkOwner(key.partition, table.ownedKeys, sample, table.key.partition.name, at: position)
                for index in table.indexes {
                    guard let key = try index.key.indexKey(of: item, index: index.name) else { continue }
                    checkOwner(
                        index.key.leadingPartition(of: key.partition), index.ownedKeys, sample,
                        index.key.partition.name, at: position)
                }
                if !places.insert(.init(table: table.name, key: key)).inserted {
                    let isShared = kind == .school && sample == SampleItem.otherSchool
                    fault(
                        position,
                        isShared
                            ? "two schools of one tenant would share this item"
                            : "two first items have the same key",
                        isShared ? "put `{schoolId}` into its key" : "change the key of one")
                    return
                }
            } catch {
                fault(
                    position, "the item does not satisfy the keys of `\(table.name)`: \(error.text)",
                    "give it " + Suggestion.list(table.key.attributes.map(\.name), joinedBy: "and")
                        + " of the table's types")
                return
            }
        }
    }

    private mutating func checkOwner(
        _ key: [UInt8], _ owned: OwnedKeys, _ sample: SampleItem, _ attribute: String,
        at position: TextPosition
    ) {
        guard !owned.belongs(key, to: sample.owners) else { return }
        let patterns = Suggestion.list(owned.patterns.map(\.description))
        let message = "the item's `\(attribute)` is not among the owned keys"
        if !faults.contains(where: { $0.position == position && $0.message == message }) {
            fault(position, message, "give it the form \(patterns)")
        }
    }
}

/// Values that stand for any tenant and school when a first item is checked.
private struct SampleItem: Equatable {
    struct Place: Hashable {
        let table: TableName
        let key: EncodedKey
    }

    let values: TemplateValues
    let owners: KeyOwners

    static let tenant = SampleItem(values: tenantValues, owners: KeyOwners(tenant: tenantID, schools: []))
    static let school = sample(school: 1)
    static let otherSchool = sample(school: 2)

    private static let tenantID = TenantID(random: SeededRandom(seed: 1))

    private static let tenantValues: TemplateValues = {
        guard let name = DisplayName("A"), let tier = TierName("a"), let zone = TimeZoneName("UTC") else {
            preconditionFailure("the sample's names are names")
        }
        return TemplateValues(
            tenant: tenantID, name: name, tier: tier, timezone: zone, now: Timestamp(milliseconds: 0))
    }()

    private static func sample(school number: UInt64) -> SampleItem {
        guard let name = DisplayName("A") else { preconditionFailure("the sample's name is a name") }
        let school = SchoolID(random: SeededRandom(seed: number))
        return SampleItem(
            values: tenantValues.with(school: school, name: name),
            owners: KeyOwners(tenant: tenantID, schools: [school]))
    }
}
