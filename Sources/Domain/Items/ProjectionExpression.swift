/// A ProjectionExpression, or the older AttributesToGet. Source: DynamoDB Developer Guide, "Projection
/// expressions".
public struct ProjectionExpression: Sendable {
    /// The places asked for.
    public let paths: [DocumentPath]
    /// The names of the attributes that it mentions.
    public let attributeNames: MemberSet<String>
    /// Whether it was AttributesToGet: errors call it so.
    public let isLegacy: Bool

    /// Whole attributes.
    public init(attributesToGet names: [String]) {
        paths = names.map { DocumentPath($0) }
        attributeNames = MemberSet(names)
        isLegacy = true
    }

    init(_ paths: [DocumentPath], attributeNames: MemberSet<String>) {
        self.paths = paths
        self.attributeNames = attributeNames
        isLegacy = false
    }

    /// Reads a projection; what it uses of `attributes` counts as used.
    /// - Throws: `validation` in AWS's words.
    public static func parse(
        _ text: String, _ attributes: inout ExpressionAttributes
    ) throws(ItemError) -> ProjectionExpression {
        var parser = try ExpressionParser(text, kind: .projection, taking: &attributes)
        defer { attributes = parser.attributes }
        var paths: [DocumentPath] = []
        repeat {
            paths.append(try parser.parsePath())
        } while parser.accept(.comma)
        parser.checkOverlaps(paths)
        try parser.finish()
        return ProjectionExpression(paths, attributeNames: parser.attributeNames)
    }

    /// The parts of `item` that were asked for.
    public func project(_ item: Item) -> Item { DocumentPath.select(paths, from: item) }
}
