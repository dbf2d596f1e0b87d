/// What the words above the verbs are about, for help.
enum CommandGroups {
    private static let summaries: [String: String] = [
        "tenant": "districts: onboard, show, suspend, move, let leave",
        "tenant contact": "whom to write to or to call at a tenant",
        "tenant blackout": "days on which a tenant is not moved by itself",
        "tenant override": "limits of a tenant that differ from its tier's",
        "receipt": "signed receipts of moves and removals",
        "erasure": "people who are forgotten",
        "profile": "servers that commands know: list, use, remove",
        "school": "schools of tenants: add, close, reopen, move",
        "run": "long work: follow, hold, take back, retry",
        "pool": "stores that tenants share: show, spread, merge",
        "token": "tokens that say which school their holder acts for",
        "key": "keys of operators and reviewers",
        "signing-key": "keys that sign tokens: show, rotate, revoke",
        "service-account": "programs of tenants that get tokens by themselves",
        "identity-provider": "identity providers of districts",
        "member": "people of districts who have a password here",
        "person": "single people of districts' identity providers: refuse, let in",
        "policy": "roles and policies: look over, test, prove, put in force",
        "catalog": "tiers and tables that the server runs on",
        "tier": "the fleet by tier",
        "cost": "what tenants, tiers and schools cost",
        "upgrade": "tenants that have outgrown their tier",
        "store": "the files that items lie in",
        "backup": "backups of tenants, and what is restored from them",
        "events": "what happened, in the order of the commits",
        "audit": "who did what, and whether the record is whole",
    ]

    /// One line on the group; where nobody has written one, its verbs.
    static func summary(of path: [String], in tree: CommandTree) -> String {
        summaries[path.joined(separator: " ")] ?? tree.words(below: path).joined(separator: ", ")
    }
}
