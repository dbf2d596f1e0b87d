import Base
import JSONText

extension CatalogReader {
    /// Everything, or nil with faults noted.
    mutating func catalog(_ root: JSONText.Node) -> Catalog? {
        guard
            let object = object(
                root, "a catalog", needed: ["name", "tables", "tiers"],
                optional: ["firstItems", "maintenance", "prices"])
        else { return nil }
        let name = string(object["name"], "the catalog's `name`") ?? ""
        let tables = tables(object["tables"])
        let faultsBefore = faults.count
        let tiers = tiers(object["tiers"])
        // A tier with a fault is missing here: those that are upgraded to it are not at fault for that.
        if faults.count == faultsBefore { checkUpgrades(of: tiers, at: object.position(of: "tiers")) }
        var tenantItems: [ItemTemplate] = []
        var schoolItems: [ItemTemplate] = []
        if let node = object["firstItems"],
            let items = self.object(node, "`firstItems`", needed: [], optional: ["tenant", "school"])
        {
            tenantItems = firstItems(items["tenant"], of: .tenant, tables: tables)
            schoolItems = firstItems(items["school"], of: .school, tables: tables)
        }
        return Catalog(
            name: name, tables: tables, tiers: tiers, tenantItems: tenantItems, schoolItems: schoolItems,
            maintenance: maintenance(object["maintenance"]), prices: prices(object["prices"]))
    }

    /// The faults in the order of the text, at most `Limits.fileFaultsMax`.
    var faultsInOrder: [CatalogFault] {
        let sorted = faults.enumerated().sorted {
            ($0.element.position, $0.offset) < ($1.element.position, $1.offset)
        }
        .map(\.element)
        guard sorted.count > Limits.fileFaultsMax, let last = sorted.last else { return sorted }
        let more = sorted.count - Limits.fileFaultsMax
        let note = CatalogFault(
            file: file, position: last.position, message: "and \(more) faults more", remedy: "")
        return sorted.prefix(Limits.fileFaultsMax) + [note]
    }
}
