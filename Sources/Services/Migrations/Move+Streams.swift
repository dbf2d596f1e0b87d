import Base
import Registry
import Tables
import Tenancy
import Workflows

/// What readers of streams still find in a store that is to be removed.
extension Move {
    /// For how long after the switch the move can be taken back, in seconds.
    func undoWindowSeconds() throws -> Int {
        let input: MoveInput = try context.input()
        return input.undoWindowSeconds ?? rates?.undoWindowSeconds ?? 0
    }

    /// After a roll-back, whether the store of its own that the tenant was in has to stay: what was written there is read in that
    /// store's streams, by whoever has not read it yet. For as long as they show it, and no longer than the undo window, as the source
    /// stays after the switch. Nil where it does not have to.
    func stayForStreams(_ store: any MovableStore) throws -> StepResult? {
        let backward = try handOver(.backward)
        guard backward.epoch != nil, let switchedAt = backward.switchedAt,
            try store.streamShowing(changesOf: [route.tenant]) != nil
        else { return nil }
        let end = switchedAt.advanced(bySeconds: Int64(try undoWindowSeconds()))
        let left = end.milliseconds(since: context.clock.now())
        guard left > 0 else { return nil }
        context.progress = RunProgress(
            phase: "streams",
            text: "it is back; `\(store.id)` stays for up to "
                + "\(RunProgress.duration(seconds: left / 1000)) more, while its streams show what was written there"
        )
        return .again(afterMilliseconds: min(Int(left), Limits.poolDrainMilliseconds))
    }
}

extension MovableStore {
    /// A table whose stream still shows a change of one of the tenants; nil where none does.
    func streamShowing(changesOf tenants: some Sequence<TenantID>) throws -> TableName? {
        guard let source = self as? any StreamSource else { return nil }
        for stream in try source.streams() {
            for tenant in tenants {
                let selection = ChangeSelection(
                    table: stream.table, startedAt: stream.startedAt, tenant: tenant, itemsMax: 1)
                guard try source.streamChanges(selection).isEmpty else { return stream.table }
            }
        }
        return nil
    }
}

extension RunProgress {
    /// `2 h 5 min`, `12 min` or `40 s`.
    static func duration(seconds: Int64) -> String {
        switch seconds {
        case 3600...: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        case 60...: "\(seconds / 60) min"
        default: "\(seconds) s"
        }
    }
}
