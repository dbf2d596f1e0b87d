import Accounts
import Base
import ControlAPI
import Crypto
import FoundationEssentials
import Issuing
import Registry
import Tokens
import Upkeep

/// The secrets of a server: the vault, the keys that sign tokens, and what other secrets are derived from.
struct KeyringWiring {
    /// How often it is looked whether a key's time has come.
    private static let tendEverySeconds = 60
    private static let forgetEverySeconds = 3600
    private static let deploymentSecret = "deployment"
    private static let deploymentSecretBytes = 32

    let signing: SigningKeys
    /// What the secrets of sessions and of operators' keys are derived from.
    let master: [UInt8]
    let revoked = RevokedTokens()
    private let vault: SecretVault
    private let masterKeys: MasterKeys
    private let random: any RandomSource

    /// Opens them; what an earlier version kept in the clear is taken over, then its file is removed.
    /// - Throws: `CommandFailure` where the master key is not the one, or a file is damaged; what the registry throws.
    init(
        _ options: ServeOptions, folder: DataFolder, registry: Registry, clock: any Clock,
        random: any RandomSource, log: Log
    ) throws {
        self.random = random
        masterKeys = MasterKeys(source: options.masterKey, folder: folder.path)
        if masterKeys.isOpenToOthers {
            log.warning(
                "others may read the master key; chmod 600 it", ["file": masterKeys.path ?? ""])
        }
        vault = try masterKeys.openVault(of: registry, clock: clock, random: random)
        master = try Self.deploymentSecret(vault, folder, registry, random)
        let former = try folder.formerSigningKeys()
        signing = try SigningKeys(
            registry: registry, vault: vault, former: former, revoked: revoked, clock: clock,
            maxAgeDays: options.signingKeyDays)
        try SyncedFile.remove(folder.signingKeysPath)
    }

    private static func deploymentSecret(
        _ vault: SecretVault, _ folder: DataFolder, _ registry: Registry, _ random: any RandomSource
    ) throws -> [UInt8] {
        let known = try vault.secret(deploymentSecret)
        let former = try folder.formerMasterSecret()
        if let known, let former, known != former {
            throw CommandFailure.failed(
                "`\(folder.masterSecretPath)` holds another secret than the registry does: an earlier version was started here "
                    + "since. Move the file away to go on with the registry's")
        }
        let secret = known ?? former ?? random.bytes(deploymentSecretBytes)
        if known == nil {
            try vault.withSealing { seal in
                _ = try registry.transact(
                    RegistryTransaction(
                        [.insert(seal(deploymentSecret, secret))],
                        audit: [
                            AuditNote(
                                actor: .system, action: "secret.created", subject: deploymentSecret,
                                detail: ["from": former == nil ? "new" : "file"])
                        ]))
            }
        }
        try SyncedFile.remove(folder.masterSecretPath)
        return secret
    }

    /// Lets the control API have signing keys and tokens by OAuth.
    /// - Returns: what is done while nobody asks.
    func attach(to services: inout ControlServices, issuer: String) throws -> [Chore] {
        let (registry, clock) = (services.registry, services.clock)
        services.signingKeys = desk
        let revocations = try TokenRevocations(registry: registry, revoked: revoked, clock: clock)
        services.oauth = OAuthDesk(
            accounts: try ServiceAccounts(
                registry: registry, revoked: revoked, clock: clock, random: random),
            refresh: RefreshTokens(
                registry: registry, revocations: revocations, clock: clock, random: random),
            revocations: revocations, revoked: revoked, verifier: verifier(issuer: issuer), clock: clock)
        services.oauth?.members = try MemberDesk(
            registry: registry, revoked: revoked, master: master, clock: clock, random: random)
        services.oauth?.federation = OAuthDesk.Federation(
            providers: IdentityProviders(
                registry: registry, revocations: revocations, clock: clock, random: random),
            subjects: SubjectTokens(registry: registry, keys: ProviderKeys(clock: clock), clock: clock),
            refused: try RefusedPeople(registry: registry, revoked: revoked, clock: clock))
        return [
            Chore(name: "signing keys", everySeconds: Self.tendEverySeconds) { [signing] _ in
                try signing.tend()
            },
            Chore(name: "tokens that are over", everySeconds: Self.forgetEverySeconds) {
                try revocations.tend(isStopping: $0)
            },
        ]
    }

    /// What tokens verify with, as it is at the time.
    func verifier(issuer: String) -> @Sendable () -> TokenVerifier {
        var profile = TokenProfile(issuer: issuer, audience: GatewayFront.audience)
        profile.algorithms = [.es256, .rs256]
        return { [signing, profile] in TokenVerifier(profile: profile, keys: signing.ring.keySet) }
    }

    private var desk: SigningKeyDesk {
        SigningKeyDesk(keys: signing) { [vault, masterKeys, random] actor in
            func next(_ random: some RandomSource) throws(CommandFailure) -> MasterKey {
                try masterKeys.next(random: random)
            }
            do {
                let key = try next(random)
                let count = try vault.rewrap(under: key, opening: try masterKeys.atHand(), actor: actor)
                try masterKeys.settle(vault)
                return (key: key.id, secrets: count)
            } catch let failure as CommandFailure {
                throw Problem(.notApplicable, failure.message)
            }
        }
    }
}
