import Base
import Crypto
import Registry

/// The identity providers of tenants: registered, listed, changed, removed by those who run the platform.
public struct IdentityProviders: Sendable {
    /// What somebody says of a provider that is to be registered.
    public struct Draft: Sendable {
        /// What it is to be called within its tenant.
        public var name: String
        /// The issuer's URL.
        public var issuer: String
        /// The audiences of its tokens for Homeroom.
        public var audiences: [String]
        /// Where its keys are; nil where it says so itself.
        public var keysURL: String?
        /// The claim that tells its customers apart, where it has several.
        public var sharedBy: String?
        /// How its claims are read; schools by id, name, or the tenant's id or `district` for the district.
        public var mapping: IdentityProviderRecord.Mapping

        /// What is said of a provider.
        public init(
            name: String, issuer: String, audiences: [String], keysURL: String? = nil,
            sharedBy: String? = nil, mapping: IdentityProviderRecord.Mapping
        ) {
            self.name = name
            self.issuer = issuer
            self.audiences = audiences
            self.keysURL = keysURL
            self.sharedBy = sharedBy
            self.mapping = mapping
        }
    }

    /// Issuers that everybody can be a user of, with the claim that tells a customer's users apart.
    /// Sources: Google Identity, "OpenID Connect", the claim `hd`; Clever, "Identity API", the claim `district`.
    private static let shared = [
        "https://accounts.google.com": "hd", "https://clever.com": "district",
    ]

    private let registry: Registry
    private let revocations: TokenRevocations
    private let clock: any Clock
    private let random: any RandomSource

    /// The providers of a registry.
    public init(
        registry: Registry, revocations: TokenRevocations, clock: any Clock, random: any RandomSource
    ) {
        self.registry = registry
        self.revocations = revocations
        self.clock = clock
        self.random = random
    }

    /// A tenant's provider of that name.
    /// - Throws: `.noSuchProvider`; what the registry throws.
    public func provider(_ name: String, of tenant: TenantID) throws -> IdentityProviderRecord {
        let id = IdentityProviderRecord.id(of: name, in: tenant)
        guard Self.isName(name), let record = try registry.read(IdentityProviderRecord.self, id) else {
            throw IdentityProviderError.noSuchProvider(name, tenant)
        }
        return record
    }

    /// A tenant's providers, by name.
    /// - Throws: `RegistryError`.
    public func list(_ tenant: TenantID) throws(RegistryError) -> [IdentityProviderRecord] {
        var records: [IdentityProviderRecord] = []
        try registry.forEach(
            IdentityProviderRecord.self, prefix: IdentityProviderRecord.prefix(of: tenant)
        ) { records.append($0) }
        return records
    }

    /// Registers a provider.
    /// - Parameter schools: the tenant's.
    /// - Throws: `IdentityProviderError`; what the registry throws, `.conflict` where somebody else was first.
    public func add(
        _ draft: Draft, to tenant: TenantID, schools: [SchoolRecord], actor: AuditActor
    ) throws -> IdentityProviderRecord {
        let mapping = try ProviderRules(tenant: tenant, schools: schools).checked(draft)
        let known = try list(tenant)
        guard known.count < Limits.providersMax else {
            throw IdentityProviderError.tooMany(max: Limits.providersMax)
        }
        guard !known.contains(where: { $0.name == draft.name }) else {
            throw IdentityProviderError.nameTaken(draft.name)
        }
        var record = IdentityProviderRecord(
            name: draft.name, tenant: tenant, issuer: draft.issuer, audiences: draft.audiences,
            keysURL: draft.keysURL, sharedBy: draft.sharedBy, mapping: mapping,
            grant: newGrant(), createdAt: clock.now())
        record.registeredBy = actor.text
        let note = AuditNote(
            actor: actor, action: "identity-provider.added", subject: record.name, tenant: tenant,
            detail: record.detail, after: ["state": "registered", "issuer": record.issuer])
        let commit = try registry.transact(
            RegistryTransaction(
                [.insert(record)] + (try claim(record)), audit: [note],
                events: [record.announcement("identity-provider.added")]))
        return commit.record() ?? record
    }

    /// The changes by which a provider takes its share of its issuer.
    private func claim(_ record: IdentityProviderRecord) throws -> [RegistryChange] {
        let taken = IdentityProviderError.issuerTaken(record.issuer)
        if let claim = Self.shared.first(where: {
            IssuerRecord.id(of: $0.key) == IssuerRecord.id(of: record.issuer)
        })?.value, record.sharedBy == nil {
            throw IdentityProviderError.notShared(record.issuer, by: claim)
        }
        let share = IssuerShareRecord(issuer: record.issuer, value: record.share, provider: record.id)
        guard var issuer = try registry.read(IssuerRecord.self, IssuerRecord.id(of: record.issuer)) else {
            return [.insert(IssuerRecord(issuer: record.issuer, sharedBy: record.sharedBy)), .insert(share)]
        }
        guard let claim = record.sharedBy, issuer.sharedBy == claim,
            try registry.read(IssuerShareRecord.self, share.id) == nil
        else { throw taken }
        issuer.count += 1
        return [.replace(issuer), .insert(share)]
    }

    /// Changes whom a provider lets in and as what. A token is looked at as the registration is when it is exchanged: so it holds from
    /// the next exchange on, and what was issued before is good until it ends.
    /// - Parameters:
    ///   - draft: all that is to be registered of it; its issuer and its share are the provider's own.
    ///   - refusesIssued: whether what was issued before is refused from now on instead.
    /// - Throws: `IdentityProviderError`; what the registry throws, `.conflict` where somebody else was first.
    public func change(
        to draft: Draft, of tenant: TenantID, schools: [SchoolRecord], refusesIssued: Bool, actor: AuditActor
    ) throws -> IdentityProviderRecord {
        let former = try provider(draft.name, of: tenant)
        guard draft.issuer == former.issuer else { throw IdentityProviderError.fixed(field: "issuer") }
        guard draft.sharedBy == former.sharedBy else { throw IdentityProviderError.fixed(field: "sharedBy") }
        guard draft.sharedBy.flatMap({ draft.mapping.required[$0] }) == former.share else {
            throw IdentityProviderError.fixed(field: "required")
        }
        var record = former
        record.mapping = try ProviderRules(tenant: tenant, schools: schools).checked(draft)
        (record.audiences, record.keysURL) = (draft.audiences, draft.keysURL)
        guard record != former || refusesIssued else { return former }
        record.registeredBy = actor.text
        var detail = ["changed": record.differences(from: former).joined(separator: " ")]
        detail["issued"] = refusesIssued ? "refused" : "good until it ends"
        let note = AuditNote(
            actor: actor, action: "identity-provider.changed", subject: record.name, tenant: tenant,
            detail: detail, before: former.detail, after: record.detail)
        let announcement = record.announcement(note.action)
        let commit: RegistryCommit
        if refusesIssued {
            record.grant = newGrant()
            commit = try revocations.revoke(
                former.grant, until: clock.now().advanced(bySeconds: Limits.revocationSeconds),
                with: [.replace(record)], note, announcing: announcement)
        } else {
            commit = try registry.transact(
                RegistryTransaction([.replace(record)], audit: [note], events: [announcement]))
        }
        return commit.record() ?? record
    }

    /// Removes a provider: it gets nobody in, and the tokens that were given for its own are refused from now on.
    /// - Throws: `.noSuchProvider`; what the registry throws.
    public func remove(_ name: String, of tenant: TenantID, actor: AuditActor) throws {
        let record = try provider(name, of: tenant)
        let note = AuditNote(
            actor: actor, action: "identity-provider.removed", subject: record.name, tenant: tenant,
            detail: record.detail, before: ["state": "registered", "issuer": record.issuer],
            after: ["state": "removed"])
        try revocations.revoke(
            record.grant, until: clock.now().advanced(bySeconds: Limits.revocationSeconds),
            with: try registry.removal(of: record), note, announcing: record.announcement(note.action))
    }

    private func newGrant() -> String { "idp_" + Base64URL.encode(random.bytes(12)) }

    /// Whether it can be the name of a provider: small letters, digits and dashes.
    static func isName(_ text: String) -> Bool {
        (1...Limits.providerNameBytesMax).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}

extension IdentityProviderRecord {
    /// What the audit says of it beside its issuer.
    fileprivate var detail: [String: String] {
        var detail = ["audiences": audiences.joined(separator: " ")]
        detail["sharedBy"] = sharedBy
        detail["required"] =
            mapping.required.isEmpty
            ? nil
            : mapping.required.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                separator: " ")
        let roles = mapping.roles.map { "\($0.value)=\($0.target)" }
        detail["roles"] = (roles + [mapping.roleDefault].compactMap { $0 }).joined(separator: " ")
            .shortened(toScalars: Limits.providerNoteScalarsMax)
        return detail
    }

    /// What of it is another than in `former`, as the control API calls it.
    fileprivate func differences(from former: IdentityProviderRecord) -> [String] {
        let (new, old) = (mapping, former.mapping)
        return [
            ("audiences", audiences != former.audiences), ("keysUrl", keysURL != former.keysURL),
            ("required", new.required != old.required), ("schoolClaim", new.schoolClaim != old.schoolClaim),
            ("schools", new.schools != old.schools),
            ("defaultSchool", new.schoolDefault != old.schoolDefault),
            ("studentClaim", new.studentClaim != old.studentClaim),
            ("roleClaim", new.roleClaim != old.roleClaim), ("roles", new.roles != old.roles),
            ("defaultRole", new.roleDefault != old.roleDefault),
        ].filter(\.1).map(\.0)
    }

    /// What happened to it, for those who listen. Its name needs no escapes.
    fileprivate func announcement(_ type: String) -> Announcement {
        Announcement(type: type, tenant: tenant, payload: #"{"provider":"\#(name)"}"#)
    }
}
