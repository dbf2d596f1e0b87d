/// What a reconciliation is asked for by: to look, and what to put right. At most one of `repair` and `remove`.
public struct ReconcileWish: Hashable, Sendable, Codable {
    /// Whether every owner is looked at and every item of a stray one counted.
    public var deep: Bool
    /// Whether is repaired what can be repaired without losing anything.
    public var repair: Bool
    /// The ids and kinds of the findings to remove.
    public var remove: [String]

    /// A wish; one to look alone where nothing is said.
    public init(deep: Bool = false, repair: Bool = false, remove: [String] = []) {
        self.deep = deep
        self.repair = repair
        self.remove = remove
    }

    /// How closely to look.
    public var scrutiny: Scrutiny { deep ? .deep : .stores }

    /// Whether anything is put right.
    public var changes: Bool { repair || !remove.isEmpty }

    /// Whether the finding is to be put right.
    func covers(_ finding: Finding) -> Bool {
        switch finding.remedy {
        case .repair: repair
        case .removal: remove.contains { finding.isNamed($0) }
        case .byHand: false
        }
    }

    /// Asserts that what is to be removed is among what was found.
    /// - Throws: `ReconcileError.notFound`, `.byHand`.
    func check(against findings: [Finding]) throws(ReconcileError) {
        for name in remove {
            let named = findings.filter { $0.isNamed(name) }
            guard let first = named.first else { throw .notFound(name) }
            let isRemovable = named.contains { if case .removal = $0.remedy { true } else { false } }
            guard isRemovable else { throw .byHand(first.id, remedy: first.remedy.text) }
        }
    }

    /// Asserts that what is to be removed can be named so at all, before anything is looked at.
    /// - Throws: `ReconcileError.notFound`.
    func checkNames() throws(ReconcileError) {
        for name in remove {
            let kind = name.prefix { $0 != ":" }
            guard FindingKind(rawValue: String(kind)) != nil else { throw .notFound(name) }
        }
    }
}

extension Finding {
    /// Whether this is its id or its kind.
    func isNamed(_ name: String) -> Bool { id == name || kind.rawValue == name }
}
