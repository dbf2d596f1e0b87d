import Base
import Items
import Policies
import Tables

/// What plain puts to one table by one caller have in common: made by the first of them, kept with the caller, good as long as
/// session, region and the tenant's entry in the directory are the same.
///
/// INVARIANT (nothing decided): it holds where to write and how the question to the policies begins, never an answer. Each
/// request is decided, walled and throttled for itself.
final class PointWritePlan {
    let table: GatewayTable
    let route: GatewayRoute
    /// The directory's generation that the route was found at.
    let generation: Int
    /// What the words of a refusal name.
    let named: DenialText.Question
    /// The question with all but the leading key, the attributes and the time.
    private var question: DecisionRequest
    private let mark: ContextValues.Mark
    private let partitionName: [UInt8]
    private let sortName: [UInt8]?

    /// Nil where the table's keys are not texts.
    init?(_ table: GatewayTable, _ route: GatewayRoute, generation: Int, question: DecisionRequest) {
        let key = table.schema.key
        guard !key.isMultiAttribute, key.attributes.allSatisfy({ $0.type == .string }) else { return nil }
        self.table = table
        self.route = route
        self.generation = generation
        self.question = question
        named = DenialText.Question(question)
        mark = question.context.mark
        partitionName = Array(key.partition.name.utf8)
        sortName = key.sort.map { Array($0.name.utf8) }
    }

    /// Whether the policies allow the put of this item, whose partition key this is.
    func isAllowed(
        _ item: ItemText, _ partition: [UInt8], by policies: RolePolicies, at now: Timestamp
    ) -> Bool {
        question.currentTime = now
        question.context.restore(mark)
        question.context.append(partition, to: .leadingKeys)
        item.forEachName { name in
            question.context.append(name.bindMemory(to: UInt8.self).span, to: .attributes)
        }
        return policies.decide(&question).isAllowed
    }

    /// The item's key, where its attributes are texts of a length that a key may have; else nil.
    func key(of item: ItemText) -> EncodedKey? {
        guard let partition = item.text(of: partitionName),
            (1...Limits.partitionKeyBytesMax).contains(partition.count)
        else { return nil }
        guard let sortName else { return EncodedKey(partition: Array(item.image[partition])) }
        guard let sort = item.text(of: sortName), (1...Limits.sortKeyBytesMax).contains(sort.count) else {
            return nil
        }
        return EncodedKey(partition: Array(item.image[partition]), sort: Array(item.image[sort]))
    }
}
