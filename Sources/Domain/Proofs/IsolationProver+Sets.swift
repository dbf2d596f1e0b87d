import Policies

extension IsolationProver {
    /// Proves a compiled set over resources and sessions of the caller's own.
    ///
    /// This is what `prove(_:)` and `prove(document:)` come down to. Tests use it with small alphabets:
    /// ```
    /// let tag = ConditionKeyName(.principalTag, tag: "t")!
    /// let session = SessionModel(kinds: [.init(name: "s", attributes: [
    ///     .init(name: tag, presence: .maybe, language: .texts(of: "ab", lengths: 1...2))])])
    /// let table = ProofResource(table: "T", index: nil, partitionKey: "k", owners: [
    ///     KeyOwnership(prefix: [], variable: tag, suffix: [0x23], isOpen: true)])
    /// IsolationProver.prove(policies: set, resources: [table], session: session)
    /// ```
    /// Requests considered: every action on each resource (`arn:aws:dynamodb:REGION:ACCOUNT:table/NAME`, with any
    /// region and account), with one leading key, or several where `ProofActions.takesSeveralKeys`; no
    /// leading key for Scan and for PartiQLSelect with FullTableScan `true`; every other key of the context absent or with any value
    /// (one, or several where the key is multivalued). `aws:PrincipalType` is `AssumedRole`. Keys are texts
    /// of any characters.
    public static func prove(
        policies: CompiledPolicySet, resources: [ProofResource], session: SessionModel
    ) -> RoleProof {
        var proof = IsolationProof(policies: policies, resources: resources, session: session)
        let verdict = proof.verdict()
        return RoleProof(
            role: policies.role, verdict: verdict, assumptions: session.assumptions,
            questions: proof.questions, states: proof.states)
    }
}
