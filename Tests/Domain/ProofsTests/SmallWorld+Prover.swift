import Policies
import Proofs

extension SmallWorld {
    /// The tags that sessions can have, and their values.
    static let tagValues: [(name: String, values: [String])] = [
        ("school_id", ["a", "b", "aa", "ab", "ba", "bb"]), ("tenant_id", ["a", "b", "aa", "ab", "ba", "bb"]),
        ("unit", ["a", "b", "ttt"]),
    ]

    /// The places as the prover knows them.
    static let resources: [ProofResource] = {
        var seen: Set<String> = []
        return places.filter { seen.insert($0.path).inserted }.map { place in
            ProofResource(
                table: place.table, index: place.index, partitionKey: "pk",
                owners: [
                    KeyOwnership(
                        prefix: Array((place.isOwnedByTenant ? "" : "T#").utf8),
                        variable: tag(place.ownerTag),
                        suffix: Array((place.isOwnedByTenant ? "" : "#").utf8), isOpen: !place.isOwnedByTenant
                    )
                ])
        }
    }()

    /// Sessions whose tags are words of these letters, or are not there.
    static let sessions = SessionModel(kinds: [
        .init(
            name: "small",
            attributes: tagValues.map {
                .init(name: tag($0.name), presence: .maybe, language: .words($0.values))
            })
    ])

    private static func tag(_ name: String) -> ConditionKeyName {
        guard let key = ConditionKeyName(.principalTag, tag: name) else {
            preconditionFailure("a tag has a name")
        }
        return key
    }

    /// What the prover says of a policy in this world.
    static func prove(_ policy: HuntedPolicy) throws -> IsolationVerdict {
        IsolationProver.prove(policies: try policy.compiled(), resources: resources, session: sessions)
            .verdict
    }
}
