import Base
import Items
import Policies
import Tables

/// What reads of single items of one table by one caller have in common: made by the first of them, kept with the caller, good
/// as long as session, region, the tenant's entry in the directory and the store's tables are the same.
///
/// INVARIANT (nothing decided): it holds where to look and how the question to the policies begins, never an answer. Each
/// request is decided, walled and throttled for itself.
final class PointReadPlan {
    let table: GatewayTable
    let route: GatewayRoute
    let reader: any PointReader
    /// The directory's generation that the route was found at.
    let generation: Int
    /// The question with all but the leading key and the time.
    private var question: DecisionRequest
    private let mark: ContextValues.Mark
    private let partitionName: [UInt8]
    private let sortName: [UInt8]?

    /// Nil where the table's keys are not texts.
    init?(
        _ table: GatewayTable, _ route: GatewayRoute, _ reader: any PointReader, generation: Int,
        question: DecisionRequest
    ) {
        let key = table.schema.key
        guard key.attributes.allSatisfy({ $0.type == .string }) else { return nil }
        self.table = table
        self.route = route
        self.reader = reader
        self.generation = generation
        self.question = question
        mark = question.context.mark
        partitionName = Array(key.partition.name.utf8)
        sortName = key.sort.map { Array($0.name.utf8) }
    }

    /// Whether the policies allow the read of items with this partition key.
    func isAllowed(_ partition: UnsafeRawBufferPointer, by policies: RolePolicies, at now: Timestamp) -> Bool
    {
        question.currentTime = now
        question.context.restore(mark)
        question.context.append(partition.bindMemory(to: UInt8.self).span, to: .leadingKeys)
        return policies.decide(&question).isAllowed
    }

    /// Partition and sort key of a key that has exactly the table's attributes, each of a length that a key may have; else nil.
    func key(_ key: PointKey) -> (partition: UnsafeRawBufferPointer, sort: UnsafeRawBufferPointer)? {
        guard let sortName else {
            guard key.second == nil, isPartition(key.first) else { return nil }
            return (key.first.value, UnsafeRawBufferPointer(start: nil, count: 0))
        }
        guard let second = key.second else { return nil }
        let (partition, sort) = isPartition(key.first) ? (key.first, second) : (second, key.first)
        guard isPartition(partition), sort.isNamed(sortName),
            (1...Limits.sortKeyBytesMax).contains(sort.value.count)
        else { return nil }
        return (partition.value, sort.value)
    }

    private func isPartition(_ attribute: PointKey.Attribute) -> Bool {
        attribute.isNamed(partitionName) && (1...Limits.partitionKeyBytesMax).contains(attribute.value.count)
    }
}

/// The key of a request for one item, its attributes texts, as they stand in the request: UTF-8 without escapes.
public struct PointKey {
    /// An attribute of the key.
    public struct Attribute {
        let name: UnsafeRawBufferPointer
        let value: UnsafeRawBufferPointer

        /// The attribute of this name, whose value is a text.
        public init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
            self.name = name
            self.value = value
        }

        func isNamed(_ wanted: [UInt8]) -> Bool { name.isSame(as: wanted) }
    }

    let first: Attribute
    let second: Attribute?

    /// A key of one or two attributes, in the order of the request.
    public init(_ first: Attribute, _ second: Attribute?) {
        self.first = first
        self.second = second
    }
}
