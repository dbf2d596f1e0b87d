import Items

/// Further writes of a transaction that follow from what others committed before it, such as the next number of a
/// sequence: its store computes them in the commit itself, so that nobody comes between the reading and the writing.
///
/// Once all conditions of the transaction hold, `reads` are read as they are before its own writes, `writes` is called with
/// what was found, and what it answers is committed together with the transaction's own writes, or nothing is. A
/// transaction that is refused calls it not at all, one that is rolled back leaves nothing of it: numbers that are given out
/// here have no gaps. Its writes count as the transaction's: of all of them each is of another item, and there are at most
/// `TableLimits.transactionItemsMax`.
///
/// The local engine calls it on its one writer's thread, between two other transactions: it must be quick and wait for
/// nothing. An engine without a writer of its own (tables at an endpoint) can do the same by compare-and-set: read the items,
/// call `writes`, send all of it as one transaction with the condition that the items read are unchanged, and begin anew
/// where that alone failed. So it may be called several times, and must answer by what it is given.
public struct WriteSequel: Sendable {
    /// The items to read.
    public var reads: [GetItem]
    /// The further writes, by what was read, in the order of `reads`: nil for each that is not there. To refuse the
    /// transaction throw `.invalid`; `.storage` says that the store is damaged and ends all that is committed with it.
    public var writes: @Sendable ([ItemImage?]) throws(TableError) -> [ItemWrite]

    /// The writes that follow from these items.
    public init(
        reads: [GetItem], writes: @escaping @Sendable ([ItemImage?]) throws(TableError) -> [ItemWrite]
    ) {
        self.reads = reads
        self.writes = writes
    }
}
