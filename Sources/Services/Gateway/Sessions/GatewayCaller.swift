import Base
import Items
import Policies
import Registry
import Tables

/// The caller at the other end of a connection: what is kept from request to request so that deciding
/// allocates nothing.
///
/// Used by one thread at a time: the gateway's calls decide before they return and keep nothing of it.
public final class GatewayCaller {
    /// Whose requests these are now.
    public private(set) var session: GatewaySession
    /// The question to the policies, filled anew for each request.
    var request: DecisionRequest
    private var policies: RolePolicies?
    /// The number of the catalog that they were made of; 0 where they must be made anew.
    private var policiesGeneration = 0
    private var region: [UInt8] = []
    private var resources = RegionResources()
    /// Numeric; empty where it is unknown.
    public let remoteAddress: String
    private let isSecure: Bool
    /// Where questions are noted in the place of being decided; nil for requests that are carried out.
    var rehearsal: Rehearsal?
    /// The request that is under way, for what is kept of its decisions.
    public var requestID: RequestID?
    /// What the request that is under way has reached, where it is an operator's.
    private(set) public var access: OperatorAccess?
    let decisions: DecisionRecorder?
    private var allowsUntilSample: Int
    /// What the last reads of single items needed, a place for each table.
    var pointReads: [PointReadPlan?] = []
    /// What the last puts needed, a place for each table.
    var pointWrites: [PointWritePlan?] = []

    /// A caller at this address (numeric; empty where it is unknown), over TLS or not.
    /// - Parameter decisions: who keeps what is decided of the caller's requests; nil where nobody does.
    public init(
        session: GatewaySession, remoteAddress: String, isSecure: Bool, decisions: DecisionRecorder? = nil
    ) {
        self.decisions = decisions
        allowsUntilSample = decisions?.firstSample() ?? .max
        self.session = session
        self.remoteAddress = remoteAddress
        self.isSecure = isSecure
        request = DecisionRequest(
            .listTables, on: PolicyResource(everyTableIn: "none", account: GatewaySession.account),
            by: session.principal)
    }

    /// Starts a request: for this session, with the credential's scope in this region.
    public func begin(_ session: GatewaySession, region: ArraySlice<UInt8>) {
        access = nil
        if session !== self.session {
            // INVARIANT (whose policies): kept policies belong to `session`, or to another one of the same role where neither
            // is narrowed.
            if session.role != self.session.role || session.narrowing != nil || self.session.narrowing != nil
            {
                policies = nil
                policiesGeneration = 0
            }
            self.session = session
            request.principal = session.principal
            pointReads.removeAll()
            pointWrites.removeAll()
        }
        if !self.region.elementsEqual(region) {
            self.region = Array(region)
            resources = RegionResources(region: String(decoding: region, as: UTF8.self))
            pointReads.removeAll()
            pointWrites.removeAll()
        }
    }

    /// Begins to note what a request reaches, where it is an operator's; nothing for a tenant's.
    /// - Parameter signIn: how the operator has shown who it is.
    public func beginAccess(_ id: RequestID, signIn: String) {
        guard case .operators = session.scope else { return }
        let address = remoteAddress.isEmpty ? nil : remoteAddress
        let origin = AuditActor.Origin(signIn: signIn, address: address, request: id.dynamoText)
        access = OperatorAccess(AuditActor(session.arn, origin: origin))
    }

    /// The region of the credential's scope.
    public var regionName: String { resources.region }

    // MARK: For the gateway

    /// Starts a question about a table or one of its indexes.
    func ask(_ action: PolicyAction, _ table: GatewayTable, _ index: GatewayIndex? = nil, at now: Timestamp) {
        begin(action, on: resources.resource(table, index), at: now)
        // Logical tables have no tags.
        for tag in table.tags {
            guard let name = ConditionKeyName(.resourceTag, tag: tag.key) else { continue }
            request.context.append(tag.value, to: name)
        }
    }

    /// Starts a question about a table that may not be there.
    func ask(_ action: PolicyAction, tableNamed name: TableName, at now: Timestamp) {
        begin(
            action,
            on: PolicyResource(table: name.text, region: resources.region, account: GatewaySession.account),
            at: now)
    }

    /// Starts a question about no table in particular.
    func askAboutTables(_ action: PolicyAction, at now: Timestamp) {
        begin(action, on: resources.everyTable, at: now)
    }

    /// Starts a question about something that belongs to a table: `name` is its ARN behind the account, such as a stream's.
    func ask(_ action: PolicyAction, aboutResource name: String, at now: Timestamp) {
        begin(action, on: resources.named(name), at: now)
    }

    private func begin(_ action: PolicyAction, on resource: PolicyResource, at now: Timestamp) {
        request.begin(action, on: resource, at: now)
        if !remoteAddress.isEmpty { request.context.append(remoteAddress, to: .sourceIp) }
        request.context.append(isSecure, to: .secureTransport)
        request.context.append(region, to: .requestedRegion)
    }

    /// Adds a partition key that the request touches: where an index's has several attributes, the first one's value, which
    /// is what the second wall goes by too.
    func touch(_ partitionKey: [UInt8], of key: KeySchema) {
        if key.isMultiAttribute, !key.furtherPartitions.isEmpty { touchEach(partitionKey, of: key) }
        let partition = key.leadingPartition(of: partitionKey)
        switch key.partition.type {
        case .string: request.context.append(partition, to: .leadingKeys)
        case .number, .binary:
            let alone = KeySchema(partition: key.partition)
            let value = alone.attributes(of: EncodedKey(partition: partition))[key.partition.name]
            if let text = value?.keyText {
                request.context.append(text, to: .leadingKeys)
            } else {
                request.areLeadingKeysUndetermined = true
            }
        }
    }

    /// Adds the values of all attributes of a partition key that has several.
    private func touchEach(_ partitionKey: [UInt8], of key: KeySchema) {
        let alone = KeySchema(partitions: key.partitions, sorts: [])
        let values = alone.attributes(of: EncodedKey(partition: partitionKey))
        for (attribute, name) in zip(key.partitions, Self.partitionKeyNames) {
            if let text = values[attribute.name]?.keyText {
                request.context.append(text, to: name)
            } else {
                request.areLeadingKeysUndetermined = true
            }
        }
    }

    private static let partitionKeyNames: [ConditionKey] = [
        .firstPartitionKeyValues, .secondPartitionKeyValues, .thirdPartitionKeyValues,
        .fourthPartitionKeyValues,
    ]

    /// Adds the tags that the request sets, or the keys of those that it removes.
    func tag(_ keys: [String], values: [String: String] = [:]) {
        for key in keys { request.context.append(key, to: .tagKeys) }
        for (key, value) in values {
            guard let name = ConditionKeyName(.requestTag, tag: key) else { continue }
            request.context.append(value, to: name)
        }
    }

    /// Adds the names of attributes that the request names.
    func mention(_ names: some Sequence<String>) {
        for name in names { request.context.append(name, to: .attributes) }
    }

    /// Adds the names of a key's attributes.
    func mention(_ key: KeySchema) {
        request.context.append(key.partition.name, to: .attributes)
        if let sort = key.sort { request.context.append(sort.name, to: .attributes) }
        guard key.isMultiAttribute else { return }
        for attribute in key.furtherPartitions { request.context.append(attribute.name, to: .attributes) }
        for attribute in key.furtherSorts { request.context.append(attribute.name, to: .attributes) }
    }

    /// Decides the question.
    /// - Throws: `denied`, in AWS's words, where the policies in force do not allow it or the role is not
    ///   there any more.
    func decide(by active: ActivePolicies) throws(GatewayError) {
        if let rehearsal { return rehearsal.note(request) }
        guard let policies = currentPolicies(active) else {
            let text = DenialText.noRole(request, role: session.role)
            recordRefusal(by: .policy, text)
            throw .denied(text)
        }
        let decision = policies.decide(&request)
        guard decision.isAllowed else {
            let text = DenialText.text(decision, request, policies.compiled)
            decisions?.recordDenial(of: session.tenant, for: DenialReason(decision)) {
                entry(decision, policies.compiled, summary: text)
            }
            throw .denied(text)
        }
        allowsUntilSample &-= 1
        if allowsUntilSample <= 0 { sample(decision, policies.compiled) }
    }

    /// Counts an allow on a short way; false where it is the one to be kept, which is the long way's work.
    func maySkipSample() -> Bool {
        allowsUntilSample &-= 1
        return allowsUntilSample > 0
    }
}

extension GatewayCaller {
    /// Keeps that something was refused which the policies do not decide.
    func recordRefusal(by judge: DecisionEntry.Judge, _ text: String) {
        decisions?.recordDenial(of: session.tenant, for: DenialReason(judge)) {
            DecisionEntry(
                refused: DenialText.Question(request), by: judge, session, requestID,
                at: request.currentTime ?? Timestamp(milliseconds: 0), summary: text)
        }
    }

    private func sample(_ decision: Decision, _ policies: CompiledPolicySet) {
        guard let decisions else {
            allowsUntilSample = .max
            return
        }
        allowsUntilSample = decisions.sampleEvery
        decisions.recordSample {
            entry(decision, policies, summary: policies.summary(decision, request))
        }
    }

    private func entry(
        _ decision: Decision, _ policies: CompiledPolicySet, summary: String
    ) -> DecisionEntry {
        DecisionEntry(
            decision, request, policies, session, requestID,
            at: request.currentTime ?? Timestamp(milliseconds: 0), summary: summary)
    }

    /// The policies in force of the session, or nil where its role is not there any more.
    func currentPolicies(_ active: ActivePolicies) -> RolePolicies? {
        let generation = active.generation
        if generation != policiesGeneration {
            policies = active.policies(of: session)
            policiesGeneration = generation
        }
        return policies
    }
}

extension AttributeValue {
    /// A key attribute's value as policies see it; nil for what is no key.
    fileprivate var keyText: String? {
        switch self {
        case .string(let text): text
        case .number(let number): number.text
        case .binary(let bytes): Base64.encode(bytes)
        default: nil
        }
    }
}

/// The ARNs of all tables and indexes in one region, each made when it is first asked for.
private struct RegionResources {
    let region: String
    let everyTable: PolicyResource
    private var byPlace: [[PolicyResource?]] = []

    init(region: String = "") {
        self.region = region
        everyTable = PolicyResource(everyTableIn: region, account: GatewaySession.account)
    }

    /// The ARN of a table, or of one of its indexes.
    mutating func resource(_ table: GatewayTable, _ index: GatewayIndex?) -> PolicyResource {
        // Physical tables come and go; theirs are not kept.
        guard let number = table.number else { return make(table, index) }
        while byPlace.count <= number { byPlace.append([]) }
        let place = index.map { $0.number + 1 } ?? 0
        if byPlace[number].indices.contains(place), let found = byPlace[number][place] {
            return found
        }
        let made = make(table, index)
        while byPlace[number].count <= place { byPlace[number].append(nil) }
        byPlace[number][place] = made
        return made
    }

    /// The ARN of anything else.
    func named(_ name: String) -> PolicyResource {
        PolicyResource(dynamoDB: name, region: region, account: GatewaySession.account)
    }

    private func make(_ table: GatewayTable, _ index: GatewayIndex?) -> PolicyResource {
        if let index {
            PolicyResource(
                index: index.schema.name, ofTable: table.name.text, region: region,
                account: GatewaySession.account)
        } else {
            PolicyResource(table: table.name.text, region: region, account: GatewaySession.account)
        }
    }
}
