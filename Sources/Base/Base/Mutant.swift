#if MUTANTS
    #if canImport(Glibc)
        import Glibc
    #endif

    /// Deliberate faults, by which it is shown that the simulator finds such. There is nothing of them in what is built without the
    /// flag `MUTANTS`; with it, at most one is on: the one that the environment names in `HOMEROOM_MUTANT`.
    public enum Mutant: String, CaseIterable, Sendable {
        /// The fence is announced, but the store does not keep it.
        case noFence
        /// The fence is asked for and not waited for: writes on their way are accepted behind the last look at the log.
        case noDrain
        /// The end of the log is read before the fence is raised, and nothing behind that is applied.
        case positionBeforeFence
        /// Nothing is applied behind the fence: what was written after the last look at the log stays behind.
        case finalPassSkipped
        /// The newest entry of the change log is taken for applied.
        case lastEntryLost
        /// A commit does not look at the epoch that its write was routed by.
        case epochNotChecked
        /// Transactions leave nothing in the change log.
        case transactionsNotCaptured
        /// A write's entry in the change log comes in a commit of its own, after the write's.
        case captureAfterWrite
        /// The change log begins with the fence, not with the copy.
        case captureLate
        /// The two sides are not compared.
        case verifySkipped
        /// The source is emptied before the placement names the target.
        case cleanUpBeforeSwitch
        /// The placement names the target before the target takes writes.
        case switchBeforeTarget
        /// Nothing is captured at the target, so that a move cannot be taken back with what was written since.
        case reverseCaptureMissing
        /// A commit is acknowledged before it is synced.
        case acknowledgedBeforeSync
        /// Of the writes that wait for a move one is forgotten.
        case parkedWriteDropped
        /// When a fence is lowered the placement does not learn of the new epoch.
        case unfenceUnannounced
        /// The target does not know the tokens of transactions.
        case tokensNotAdopted
        /// Deletions in the change log are not applied.
        case deletionsNotApplied
        /// What is moved comes without its entries in indexes.
        case indexEntryNotMoved
        /// A switch leaves no event in the outbox.
        case switchUnannounced
        /// The event of a switch comes in a commit of its own, behind the switch's.
        case switchAnnouncedLate
        /// The policies take the condition on leading keys for met, and the second wall permits everything.
        case wallOpen
        /// A target still knows the tenant of a move that was taken back.
        case undoLeavesResident
        /// A run that waits when the process ends is not taken up by the next one.
        case waitForgotten
        /// The log is copied beside the writer whether or not anything has been added to it.
        case copiedLogCopied
        /// A suspended tenant is served.
        case suspensionIgnored
        /// What becomes of a tenant leaves no event in the outbox.
        case changeUnannounced

        private static let active = getenv("HOMEROOM_MUTANT").flatMap {
            Mutant(rawValue: String(cString: $0))
        }

        /// Whether it is the one that is on.
        public static func isOn(_ mutant: Mutant) -> Bool { active == mutant }
    }
#endif
