import Base
import JSONText

extension CatalogReader {
    mutating func tiers(_ node: JSONText.Node?) -> [Tier] {
        var tiers: [Tier] = []
        for element in array(node, "tiers", max: Limits.tiersMax, isEmptyAllowed: false) {
            guard let tier = tier(element) else { continue }
            if tiers.contains(where: { $0.name == tier.name }) {
                fault(element.position, "the tier `\(tier.name)` stands there twice", "rename or remove one")
            } else {
                tiers.append(tier)
            }
        }
        return tiers
    }

    private mutating func tier(_ node: JSONText.Node) -> Tier? {
        guard
            let object = object(
                node, "a tier",
                needed: [
                    "name", "isolation", "schoolsMax", "readUnitsPerSecond", "writeUnitsPerSecond",
                    "undoWindowSeconds", "copyRateItemsPerSecond",
                ],
                optional: ["tenantsPerPool", "writePauseMaxMilliseconds", "backups", "upgrade"])
        else { return nil }
        let name = tierName(object["name"])
        let isolation = isolation(object)
        let schools = schoolsMax(object["schoolsMax"])
        let reads = integer(object["readUnitsPerSecond"], "`readUnitsPerSecond`", in: 1...1_000_000_000)
        let writes = integer(object["writeUnitsPerSecond"], "`writeUnitsPerSecond`", in: 1...1_000_000_000)
        let undo = integer(object["undoWindowSeconds"], "`undoWindowSeconds`", in: 0...31_536_000)
        let pauses = "writePauseMaxMilliseconds"
        let pause = object[pauses] == nil ? 250 : integer(object[pauses], "`\(pauses)`", in: 10...60_000)
        let copies = integer(
            object["copyRateItemsPerSecond"], "`copyRateItemsPerSecond`", in: 1...10_000_000)
        let backups = backups(object["backups"])
        let upgrade = upgrade(object["upgrade"], schools: schools)
        guard let name, let isolation, let schools, let reads, let writes, let undo, let pause, let copies,
            let backups, let upgrade
        else { return nil }
        return Tier(
            name: name, isolation: isolation, schoolsMax: schools.max, readUnitsPerSecond: reads,
            writeUnitsPerSecond: writes, undoWindowSeconds: undo, writePauseMaxMilliseconds: pause,
            copyRateItemsPerSecond: copies, backups: backups.plan, upgrade: upgrade.plan)
    }

    private mutating func tierName(_ node: JSONText.Node?) -> TierName? {
        guard let node, let text = string(node, "a tier's `name`") else { return nil }
        guard let name = TierName(text) else {
            fault(
                node.position, "`\(text)` is no tier's name",
                "use 1 to 15 lower case letters and digits, a letter first")
            return nil
        }
        return name
    }

    private mutating func isolation(_ object: CatalogObject) -> Tier.Isolation? {
        guard let node = object["isolation"], let text = string(node, "`isolation`") else { return nil }
        let perPool = object["tenantsPerPool"]
        switch text {
        case "pooled":
            guard perPool != nil else {
                fault(object.position, "`tenantsPerPool` is missing in a pooled tier", "add it")
                return nil
            }
            return integer(perPool, "`tenantsPerPool`", in: 1...1_000_000).map {
                .pooled(tenantsPerPool: $0)
            }
        case "dedicated":
            if let perPool {
                fault(
                    perPool.position, "a dedicated tier has no `tenantsPerPool`",
                    "remove it, or make the tier `pooled`")
                return nil
            }
            return .dedicated
        default:
            fault(
                node.position, "`\(text)` is no isolation",
                Suggestion.remedy(for: text, among: ["pooled", "dedicated"]))
            return nil
        }
    }

    /// A number or `null`; nil where it is neither. The optional inside tells no limit from a limit.
    private mutating func schoolsMax(_ node: JSONText.Node?) -> (max: Int?, Void)? {
        guard let node else { return nil }
        if case .null = node.value { return (nil, ()) }
        return integer(node, "`schoolsMax` (or `null` for no limit)", in: 1...1_000_000).map { ($0, ()) }
    }
}
