import Items

/// A SELECT: what it reads and which items of it.
public struct PartiQLSelect: Sendable {
    /// The table.
    public let table: String
    /// The index that is read, or nil for the table.
    public let index: String?
    /// The attributes asked for; nil for `*`.
    public let projection: PartiQLProjection?
    /// The attributes behind ORDER BY.
    public let order: [PartiQLOrder]
    /// What must hold of the items; nil for all of them.
    let condition: Condition?

    /// The condition; nil where there is none.
    public var filter: ConditionExpression? { condition.map { ConditionExpression($0) } }

    init(_ syntax: SelectSyntax, _ reader: StatementReader) throws(ItemError) {
        table = syntax.source[0]
        index = syntax.source.count > 1 ? syntax.source[1] : nil
        order = syntax.order
        projection = try syntax.projection.map { nodes throws(ItemError) in
            try PartiQLProjection(nodes, reader.places)
        }
        condition = try syntax.condition.map { node throws(ItemError) in try reader.condition(node) }
    }

    /// The one item that it reads, and what must hold of it beside the key; nil where it is after anything
    /// else, or after an index. For batches and transactions.
    /// - Throws: `validation` as `plan(for:)`.
    public func singleItem(
        of key: KeySchema
    ) throws(ItemError) -> (key: Item, condition: ConditionExpression?)? {
        let plan = try plan(for: key)
        guard index == nil, case .items(let keys) = plan.access, keys.count == 1 else { return nil }
        return (keys[0], plan.filter)
    }
}

/// What a SELECT shows of an item: values by the last name of their paths.
///
/// `SELECT a.b, c[0]` gives the attributes `b` and `c[0]`. Source: as the service answers.
public struct PartiQLProjection: Sendable {
    private let columns: [(name: String, path: DocumentPath)]
    /// The same places, for the engine to read.
    public let expression: ProjectionExpression

    init(_ nodes: [SyntaxNode], _ places: StatementPlaces) throws(ItemError) {
        var columns: [(name: String, path: DocumentPath)] = []
        var names: MemberSet<String> = []
        for node in nodes {
            guard let path = node.path else {
                throw places.error(ItemError.unexpectedComponent, at: node.range)
            }
            let name = path.columnName
            guard names.insert(name) else {
                throw .validation("Duplicate identifiers in select clause: \(name)")
            }
            columns.append((name, path))
        }
        self.columns = columns
        expression = ProjectionExpression(paths: columns.map(\.path))
    }

    /// The names of the attributes that it mentions.
    public var attributeNames: MemberSet<String> { expression.attributeNames }

    /// What is shown of an item.
    public func project(_ item: Item) -> Item {
        var shown = Item()
        for (name, path) in columns {
            if let value = path.value(in: item) { shown[name] = value }
        }
        return shown
    }
}

extension DocumentPath {
    /// The last name, and the indexes behind it.
    fileprivate var columnName: String {
        var name = ""
        for step in steps {
            switch step {
            case .name(let next): name = next
            case .index(let index): name += "[\(index)]"
            }
        }
        return name
    }
}
