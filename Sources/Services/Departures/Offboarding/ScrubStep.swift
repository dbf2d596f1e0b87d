import Base
import Registry
import Tables
import Workflows

/// Writes files anew in which something of what was removed is left in unused parts. Those in which nothing is are left alone.
struct ScrubStep: WorkflowStep {
    let environment: DepartureEnvironment
    let name = "scrub"
    /// The files to look at, and what to look for.
    let search: @Sendable (RunContext) throws -> (stores: [StoreID], texts: [String])

    func perform(_ context: RunContext) throws -> StepResult {
        var done = try context.value(for: OffboardMemory.scrubbed, as: [String: Bool].self) ?? [:]
        let (stores, texts) = try search(context)
        let needles = texts.map { Array($0.utf8) }
        for id in stores where done[id.text] == nil {
            let store = try environment.traceKeeper(id)
            let isClean = try store.occurrences(of: needles) == 0
            done[id.text] = isClean ? true : try store.scrub(bytesMax: Limits.scrubbedBytesMax)
            try context.set(done, for: OffboardMemory.scrubbed)
            context.progress = RunProgress(phase: name, done: done.count, total: stores.count)
            // One file a call: each takes a while, and others wait for its writer.
            return .again(afterMilliseconds: 0)
        }
        return .done
    }
}
