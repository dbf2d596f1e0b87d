/// Rules that the model can be made to get wrong, to show that the comparison notices.
enum ModelRule: CaseIterable {
    /// A page's limit counts the items that the filter lets through.
    case limitCountsMatches
    /// A right-hand side sees what the actions before it have set.
    case rightHandSidesSeeTheNewItem
    /// Every index holds whole items.
    case indexesHoldWholeItems
    /// Of a transaction, the writes that can be made are made.
    case transactionsAreNotAtomic
    /// `<>` does not hold where an attribute is missing.
    case missingIsNeverUnequal
    /// An element that is removed from a list moves the later ones before the next action.
    case removalShiftsAtOnce
    /// A set that loses its last member stays.
    case emptySetsStay
    /// Queries ascend whatever they are asked for.
    case queriesOnlyAscend
    /// A page begins with the item that the one before ended with.
    case pagesOverlap
}

/// The rules that a model gets wrong: none, but for tests of the comparison.
typealias ModelRules = Set<ModelRule>
