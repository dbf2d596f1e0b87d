import Base
import Registry

/// What of a run's recorded steps and lock another version of its workflow's definition has changed (see `Workflow`).
struct DefinitionChange {
    /// Steps that the run has and the definition has not.
    let unknown: [String]
    /// Steps that the definition has and the run does without.
    let added: [String]
    /// Whether the steps that both have stand in another order.
    let isReordered: Bool

    init(_ record: RunRecord, _ workflow: any Workflow) {
        let own = record.steps.map(\.name)
        let defined = workflow.steps.map(\.name)
        unknown = own.filter { !defined.contains($0) }
        added = defined.filter { !own.contains($0) }
        isReordered = own.filter(defined.contains) != defined.filter(own.contains)
    }

    /// What the run's note says, in words.
    func text(_ record: RunRecord, _ workflow: any Workflow) -> String {
        func named(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }
        var parts = [
            "taken up under version \(workflow.version) of `\(workflow.kind)`, started under version \(record.definition ?? 1)"
        ]
        if !added.isEmpty { parts.append("does without the new \(named(added))") }
        if !unknown.isEmpty { parts.append("will stop at \(named(unknown)), no longer known") }
        if isReordered { parts.append("keeps its own order of steps") }
        return parts.joined(separator: "; ")
    }

    /// Why a run stops at a step that is not known, and what to do.
    static func unknownStep(_ record: RunRecord, _ workflow: (any Workflow)?) -> String {
        let what =
            workflow.map {
                "version \($0.version) of `\(record.kind)` knows no step `\(record.step?.name ?? "")`"
            }
            ?? "this server knows no runs of kind `\(record.kind)`"
        return
            "\(what); the run was started under version \(record.definition ?? 1): go back to the release that had "
            + "it and retry, or skip the step"
            + (record.isBackward ? "" : ", or cancel the run")
    }
}

extension RunExecutor {
    /// Whether the run was last carried out under another version of its workflow than there is now.
    func isOfAnotherVersion(_ record: RunRecord) -> Bool {
        guard let workflow = workflows[record.kind], !record.state.isFinal else { return false }
        return (record.laterDefinition ?? record.definition ?? 1) != workflow.version
    }

    /// Notes in the run, once, that it is carried out under another version than before, and takes that one's lock.
    func adoptDefinition(of session: RunSession) throws {
        guard let workflow = workflows[session.record.kind], isOfAnotherVersion(session.record) else {
            return
        }
        let text = DefinitionChange(session.record, workflow).text(session.record, workflow)
        let lock = session.record.tenant == nil ? nil : workflow.lock
        func adopt(_ record: inout RunRecord, _ more: String = "") {
            record.laterDefinition = workflow.version
            record.note(text + more, at: clock.now())
        }
        guard lock != session.record.lock, let tenant = session.record.tenant else {
            return try session.commit { record in
                adopt(&record)
                return RegistryTransaction()
            }
        }
        do {
            try session.commit { record in
                adopt(&record)
                var changes: [RegistryChange] = []
                if let lock {
                    changes.append(
                        .insert(RunLock(id: RunLock.ID(tenant: tenant, name: lock), run: record.id)))
                }
                if let old = record.lock {
                    // Written once and never changed.
                    var held = RunLock(id: RunLock.ID(tenant: tenant, name: old), run: record.id)
                    held.version = 1
                    changes.append(.delete(held))
                }
                record.lock = lock
                return RegistryTransaction(changes)
            }
        } catch RegistryError.conflict {
            try session.commit { record in
                adopt(&record, "; another run holds the lock `\(lock ?? "")`, so it keeps its own")
                return RegistryTransaction()
            }
        }
    }
}
