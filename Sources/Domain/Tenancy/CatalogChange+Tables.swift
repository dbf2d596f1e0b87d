import Base

// Tables and indexes.
extension CatalogChange {
    mutating func compare(_ old: LogicalTable, _ new: LogicalTable?, _ facts: CatalogFacts) {
        let subject = "table \(old.name)"
        let holdsItems = facts.tablesWithItems.contains(old.name)
        guard let new else {
            add(
                holdsItems
                    ? Entry(
                        .refused, subject,
                        "is removed while it holds items, which nobody would own; remove them first")
                    : Entry(.plain, subject, "is removed; it holds nothing"))
            return
        }
        guard old != new else { return }
        if old.key != new.key {
            add(
                facts.hasPlaces
                    ? Entry(.refused, subject, "gets another key; give a table of another key another name")
                    : Entry(.plain, subject, "gets another key; nobody has it yet"))
        }
        if old.ownedKeys != new.ownedKeys {
            add(
                holdsItems
                    ? Entry(
                        .refused, subject,
                        "other keys become whose: items that are there would be nobody's, or another's; use a table of another name"
                    )
                    : Entry(.attention, subject, "other keys become whose; it holds nothing"))
        }
        compareLife(old, new, subject, holdsItems)
        compareIndexes(old, new, holdsItems: holdsItems, facts)
    }

    private mutating func compareLife(
        _ old: LogicalTable, _ new: LogicalTable, _ subject: String, _ holdsItems: Bool
    ) {
        if old.stream != new.stream {
            switch (old.stream, new.stream) {
            case (_, nil):
                add(Entry(.attention, subject, "its stream ends; those who read it see no further change"))
            case (nil, let view?): add(Entry(.plain, subject, "gets a stream: \(view.rawValue)"))
            case (_, let view?): add(Entry(.attention, subject, "its stream begins anew: \(view.rawValue)"))
            }
        }
        guard old.timeToLive != new.timeToLive else { return }
        guard let attribute = new.timeToLive else {
            return add(Entry(.plain, subject, "items end no more"))
        }
        add(
            Entry(
                holdsItems ? .attention : .plain, subject,
                "items end at the time in `\(attribute)`: those whose time is past go at once"))
    }

    private mutating func compareIndexes(
        _ old: LogicalTable, _ new: LogicalTable, holdsItems: Bool, _ facts: CatalogFacts
    ) {
        for index in old.indexes {
            let subject = "index \(index.name) of \(old.name)"
            guard let other = new.index(named: index.name) else {
                add(Entry(.attention, subject, "is removed; queries of it fail from then on"))
                continue
            }
            if index.ownedKeys != other.ownedKeys, holdsItems {
                add(
                    Entry(
                        .refused, subject,
                        "other keys become whose: entries that are there would be another's; give it another name"
                    ))
            } else if index != other {
                add(
                    facts.hasPlaces
                        ? Entry(
                            .refused, subject,
                            "gets another shape; give an index of another shape another name")
                        : Entry(.plain, subject, "gets another shape; nobody has it yet"))
            }
        }
        // Stores add an index behind those that are there, and compare shapes in their order.
        let order =
            (old.indexes.filter { new.index(named: $0.name) != nil }
                + new.indexes.filter { old.index(named: $0.name) == nil })
        if order.map(\.name) != new.indexes.map(\.name), facts.hasPlaces {
            add(
                Entry(
                    .refused, "table \(old.name)",
                    "its indexes stand in another order; keep those that are there in theirs and add others behind them"
                ))
        }
        for index in new.indexes where old.index(named: index.name) == nil {
            let subject = "index \(index.name) of \(old.name)"
            if index.kind == .local, facts.hasPlaces {
                add(
                    Entry(
                        .refused, subject,
                        "is a local index of a table that is there; use a global index, or a table of another name"
                    ))
            } else {
                add(Entry(.plain, subject, "is added; its entries are made in the background"))
            }
        }
    }
}
