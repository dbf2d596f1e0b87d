import Base
import Registry
import Workflows

/// What tells of a change of hands.
extension Move {
    /// The events of the commit that makes it.
    func announcements(_ direction: Direction) -> [Announcement] {
        #if MUTANTS
            if Mutant.isOn(.switchUnannounced) || Mutant.isOn(.switchAnnouncedLate) { return [] }
        #endif
        return [announcement(direction)]
    }

    private func announcement(_ direction: Direction) -> Announcement {
        let to = ends(direction).to
        return Announcement(
            type: direction.action, tenant: route.tenant,
            payload: "{\"run\":\"\(context.run)\",\"tier\":\"\(to.tier)\",\"store\":\"\(to.store)\"}")
    }

    #if MUTANTS
        /// Tells of it in a commit of its own, once.
        func announceLate(_ direction: Direction) throws {
            let name = "announced " + direction.memory
            guard Mutant.isOn(.switchAnnouncedLate), try context.value(for: name, as: Bool.self) == nil else {
                return
            }
            try context.set(true, for: name)
            try context.checkpoint(with: RegistryTransaction([], events: [announcement(direction)]))
        }
    #endif
}

extension Move.Direction {
    /// The type of the event, and what the audit calls it.
    var action: String {
        switch self {
        case .forward: "tenant.switched"
        case .backward: "tenant.switchedBack"
        }
    }
}
