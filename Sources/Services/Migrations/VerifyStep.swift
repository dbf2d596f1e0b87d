import Base
import Crypto
import Items
import Registry
import Tables
import Workflows

/// Reads both sides in order and compares them chunk by chunk. What differs is compared again, item by item, while catching
/// up; what then still differs stops the move.
///
/// INVARIANT (verified once, verified always): a key that is written after its chunk was compared is in the change log,
/// and from here on each key that is applied from the log is read back (`Mover.catchUp(isVerifying:)`).
///
/// It is done before the switch, from the source's side, and once more after it, from the target's: then a difference takes the
/// move back.
struct VerifyStep: WorkflowStep {
    let environment: MoveEnvironment
    /// A tenant is not put where nobody has compared what is there.
    let mayBeSkipped = false
    let direction: Move.Direction

    var name: String {
        switch direction {
        case .forward: "verify"
        case .backward: "confirm"
        }
    }

    func perform(_ context: RunContext) throws -> StepResult {
        let move = try Move(context, environment)
        let mover = try move.mover(direction)
        var state = try move.verification(direction)
        if try move.isVerified(direction) { return .done }
        // Complete by the word of an earlier version, which left nothing to go by: once more.
        if state.isComplete { state = Verification() }
        #if MUTANTS
            if Mutant.isOn(.verifySkipped) { return try completeUnseen(state, of: move) }
        #endif
        // A switch that said it was done and was not would leave nothing to confirm.
        if direction == .backward, try move.placement().store != move.route.target.store {
            return .fail(reason: "the placement does not name store `\(move.route.target.store)`")
        }
        var (handOver, pace) = (try move.handOver(direction), try move.pacedByStores())
        let late = try move.catchUpFirst(mover, &handOver, &pace, direction)
        guard late.isEmpty else { return differ(late) }
        let hasher = SHA256Hasher()
        let begun = context.clock.monotonicNanoseconds()
        let elapsed = { Int64((context.clock.monotonicNanoseconds() - begun) / 1_000_000) }
        var ranges = try move.ranges()[...]
        // It only reads: where nothing holds it back it goes as fast as it can.
        var allowance = move.limit(pace).map { Allowance(itemsPerSecond: $0.itemsPerSecond) }

        // INVARIANT (each call gets on): one chunk is compared before the time is looked at.
        repeat {
            guard let range = state.cursor.next(in: &ranges) else {
                complete(&state, of: move, through: handOver.sequence)
                break
            }
            let keys = direction == .forward ? range.source : range.target
            let chunk = try compare(keys, after: state.cursor.after?.key, mover, hasher, move, pace)
            let settlement = try settle(chunk.suspects, mover, &handOver, pace)
            try move.remember(handOver, direction)
            if case .differing(let keys) = settlement { return differ(keys) }
            // The same chunk again, when more of the log is applied.
            if case .openEnded = settlement { break }
            var link: [UInt8] = Array(state.digest.utf8)
            chunk.digest.appendHex(to: &link)
            var hex: [UInt8] = []
            hasher.hash(link).appendHex(to: &hex)
            state.digest = String(decoding: hex, as: UTF8.self)
            state.cursor.advance(to: chunk.last, items: chunk.items, bytes: 0)
            allowance?.spend(chunk.items)
        } while !pace.isBehind && allowance?.items ?? 1 > 0 && elapsed() < Limits.moveSliceMilliseconds
            && !context.isInterrupted
        try move.remember(handOver, direction)
        move.tellStandstill(pace)
        try context.set(state, for: direction.verificationMemory)
        let planned = try context.value(for: MoveMemory.planned, as: Extent.self) ?? Extent()
        context.progress = RunProgress(
            phase: name, done: state.cursor.items, total: max(planned.items, state.cursor.items),
            pace: move.limit(pace))
        return state.isComplete
            ? .done : .again(afterMilliseconds: allowance?.wait(afterMilliseconds: elapsed()) ?? 0)
    }

    private func compare(
        _ keys: KeyRange, after: EncodedKey?, _ mover: Mover, _ hasher: SHA256Hasher, _ move: Move,
        _ pace: Pace
    ) throws -> Mover.Comparison {
        try move.context.sip(pace) {
            let chunk = try mover.compareChunk(
                keys, after: after,
                itemsMax: pace.isFelt ? Limits.moveSipItems : Limits.moveChunkItemsMax, hasher: hasher)
            return (chunk, chunk.items)
        }
    }

    private func differ(_ keys: [DifferingKey]) -> StepResult {
        .fail(
            reason: differenceReport(
                keys, direction == .forward ? "the source stays in charge" : "the move is taken back"))
    }

    #if MUTANTS
        private func completeUnseen(_ state: Verification, of move: Move) throws -> StepResult {
            var state = state
            // What it did not see it tells of all the same: only what comes of it can show it.
            state.cursor.advance(
                to: nil, items: try move.context.value(for: MoveMemory.planned, as: Extent.self)?.items ?? 1,
                bytes: 0)
            complete(&state, of: move, through: try move.handOver(direction).sequence)
            try move.context.set(state, for: direction.verificationMemory)
            return .done
        }
    #endif

    /// Ends the comparison with its receipt, which is what a switch goes by.
    private func complete(_ state: inout Verification, of move: Move, through sequence: Int64) {
        state.isComplete = true
        state.cursor.finished = []
        let ends = move.ends(direction)
        state.receipt = VerificationReceipt(
            run: move.context.run, tenant: move.route.tenant, from: ends.from.store, to: ends.to.store,
            verification: state, sequence: sequence)
    }

    /// What suspects come to.
    private enum Settlement {
        case explained
        /// These differ although the log has been applied.
        case differing([DifferingKey])
        /// The log is so long that its end was not seen, and what explains the rest may be there.
        case openEnded
    }

    /// Tells the suspects that a write on its way explains, and compares the others again while the log is applied.
    ///
    /// A write on its way explains a difference if it has an entry in the log that is not applied yet; each such entry is read
    /// back when it is. So a key that is written all the time is none of them. An entry is committed with its write: one that
    /// is missing after the comparison was missing before it.
    private func settle(
        _ suspects: [DifferingKey], _ mover: Mover, _ handOver: inout HandOver, _ pace: Pace
    ) throws -> Settlement {
        // Most are explained before anything is applied: that is left to whoever catches up, in sips with a rest.
        var suspects = suspects
        var isOpen = try explain(&suspects, mover, after: handOver.sequence)
        for _ in 0..<Limits.compareAttemptsMax {
            if suspects.isEmpty { return .explained }
            let caught = try mover.catchUp(
                after: handOver.sequence, isVerifying: true, entriesMax: pace.entriesMax(direction))
            handOver.sequence = caught.through
            handOver.applied += caught.applied
            guard caught.differing.isEmpty else { return .differing(caught.differing) }
            suspects = try mover.differing(among: suspects)
            isOpen = try explain(&suspects, mover, after: handOver.sequence)
            if !isOpen { break }
        }
        if suspects.isEmpty { return .explained }
        return isOpen ? .openEnded : .differing(suspects)
    }

    /// Leaves those of the suspects that no entry of the log explains; whether the log goes on behind what was looked at.
    private func explain(
        _ suspects: inout [DifferingKey], _ mover: Mover, after sequence: Int64
    ) throws -> Bool {
        if suspects.isEmpty { return false }
        let pending = try mover.from.changes(
            of: mover.tenant, after: sequence, itemsMax: Limits.pendingChangesMax)
        let explained = Set(pending.map { DifferingKey(table: $0.table, key: $0.key) })
        suspects.removeAll { explained.contains($0) }
        return pending.count == Limits.pendingChangesMax
    }
}

/// What the run says of keys that differ. Keys only.
func differenceReport(_ keys: [DifferingKey], _ consequence: String) -> String {
    let shown = keys.prefix(Limits.differingKeysShownMax).map(\.description).joined(separator: ", ")
    let more = keys.count - min(keys.count, Limits.differingKeysShownMax)
    return "\(keys.count) items differ between source and target: \(shown)"
        + (more > 0 ? " and \(more) more" : "") + "; \(consequence)"
}
