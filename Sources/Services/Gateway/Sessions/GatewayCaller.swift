import Base
import Items
import Policies
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
    private var policiesGeneration = 0
    private var policiesRole = ""
    private var region: [UInt8] = []
    private var resources = RegionResources()
    private let remoteAddress: String
    private let isSecure: Bool
    /// Where questions are noted in the place of being decided; nil for requests that are carried out.
    var rehearsal: Rehearsal?
    /// What the last reads of single items needed, a place for each table.
    var pointReads: [PointReadPlan?] = []
    /// What the last puts needed, a place for each table.
    var pointWrites: [PointWritePlan?] = []

    /// A caller at this address (numeric; empty where it is unknown), over TLS or not.
    public init(session: GatewaySession, remoteAddress: String, isSecure: Bool) {
        self.session = session
        self.remoteAddress = remoteAddress
        self.isSecure = isSecure
        request = DecisionRequest(
            .listTables, on: PolicyResource(everyTableIn: "none", account: GatewaySession.account),
            by: session.principal)
    }

    /// Starts a request: for this session, with the credential's scope in this region.
    public func begin(_ session: GatewaySession, region: ArraySlice<UInt8>) {
        if session !== self.session {
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

    /// The region of the credential's scope.
    public var regionName: String { resources.region }

    // MARK: For the gateway

    /// Starts a question about a table or one of its indexes.
    func ask(_ action: PolicyAction, _ table: GatewayTable, _ index: GatewayIndex? = nil, at now: Timestamp) {
        begin(action, on: resources.resource(table, index), at: now)
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
        let partition = key.leadingPartition(of: partitionKey)
        switch key.partition.type {
        case .string: request.context.append(partition, to: .leadingKeys)
        case .number, .binary:
            let alone = KeySchema(partition: key.partition)
            let value = alone.attributes(of: EncodedKey(partition: partition))[key.partition.name]
            switch value {
            case .number(let number): request.context.append(number.text, to: .leadingKeys)
            case .binary(let bytes): request.context.append(Base64.encode(bytes), to: .leadingKeys)
            default: request.areLeadingKeysUndetermined = true
            }
        }
    }

    /// The partition keys that the request has named so far, as policies see them.
    var leadingKeyTexts: [String] {
        ConditionKeyName(.leadingKeys).map { request.context.texts(of: $0) } ?? []
    }

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
            throw .denied(DenialText.noRole(request, role: session.role))
        }
        let decision = policies.decide(&request)
        guard decision.isAllowed else { throw .denied(DenialText.text(decision, request, policies.compiled)) }
    }
}

extension GatewayCaller {
    /// The policies in force of the session's role, or nil where it is not there any more.
    func currentPolicies(_ active: ActivePolicies) -> RolePolicies? {
        let generation = active.generation
        if generation != policiesGeneration || policiesRole != session.role {
            policies = active.role(session.role)
            policiesGeneration = generation
            policiesRole = session.role
        }
        return policies
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
