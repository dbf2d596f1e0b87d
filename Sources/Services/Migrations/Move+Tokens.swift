import Base
import Tables
import Tenancy

/// Tokens of transactions: one that is sent again after a change of hands must still be known.
///
/// What a tenant spends in ten minutes may be tens of thousands, as clients give each transaction one. So most come along before the
/// fence is raised, and behind it only those that were spent since.
extension Move {
    /// Gives the other side the tokens that have been spent so far, from where an earlier try stopped.
    func takeTokensAlong(_ mover: Mover, state: inout HandOver) throws {
        var itemsMax = Limits.tokensMovedMax
        while true {
            let tokens = try spentTokens(mover, since: state.tokensFrom, itemsMax: itemsMax)
            if !tokens.isEmpty { try mover.to.adopt(tokens, of: route.tenant) }
            guard tokens.count == itemsMax, let last = tokens.last?.at else {
                state.tokensFrom = tokens.last?.at ?? state.tokensFrom
                return
            }
            // INVARIANT (each look gets on): those of one millisecond come in one, however many they are.
            if last == state.tokensFrom { itemsMax *= 2 }
            state.tokensFrom = last
        }
    }

    /// Those that were spent since, in order. INVARIANT (tokens in time): none is spent later with an earlier time, so that from the time
    /// of the last one on, that one's included, nothing is missed.
    func spentTokens(_ mover: Mover, since: Timestamp?, itemsMax: Int = .max) throws -> [SpentToken] {
        #if MUTANTS
            if Mutant.isOn(.tokensNotAdopted) { return [] }
        #endif
        return try mover.from.tokens(of: route.tenant, since: since, itemsMax: itemsMax)
    }
}
