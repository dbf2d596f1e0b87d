import Base
import FoundationEssentials
import Policies
import Registry
import RunTestKit
import Synchronization
import Tables
import Tenancy
import Testing

@testable import Reviews

/// A registry in a temporary folder, and desks over it as processes that start make them.
final class DeskWorld: Sendable {
    let folder: RegistryFolder
    let gate: PolicyGate
    /// Role descriptions of each set that was put in force, in order.
    private let shown = Mutex<[String]>([])

    init() throws {
        folder = try RegistryFolder()
        gate = PolicyGate(catalog: try DeskWorld.shippedCatalog(), clock: folder.clock)
    }

    var putInForce: [String] { shown.withLock { $0 } }

    static let admin = PolicyDesk.Wish(actor: .credential("admin-1"), mayAcceptRisk: false)
    static let reviewer = PolicyDesk.Wish(actor: .credential("reviewer-1"), mayAcceptRisk: true)

    /// A desk as a process that starts makes it; at the first start `first` is put in force.
    func desk(
        through engine: (any TableEngine)? = nil, first: PolicyFiles = SamplePolicies.proved,
        versionsMax: Int = Limits.policyVersionsMax
    ) throws -> PolicyDesk {
        let registry = try engine.map { try folder.open(through: $0) } ?? folder.open()
        let versions = PolicyVersions(registry: registry, versionsMax: versionsMax)
        let loaded = try versions.loadActive() ?? begin(versions, first)
        return PolicyDesk(versions: versions, gate: gate, loaded: loaded, clock: folder.clock) { policies in
            self.shown.withLock { $0.append(DeskWorld.mark(policies)) }
        }
    }

    /// What tells one set of the samples from another.
    static func mark(_ policies: PolicyCatalog) -> String {
        policies.roles["reader"]?.definition.description ?? "none"
    }

    private func begin(_ versions: PolicyVersions, _ files: PolicyFiles) throws -> LoadedPolicies {
        let start = try versions.begin(
            with: files, gate: gate, acceptRisk: "the test's", now: folder.clock.now())
        guard case .inForce(let loaded) = start else { throw Refused() }
        return loaded
    }

    struct Refused: Error {}

    /// The audit log, oldest first.
    func audit() throws -> [AuditEntry] { try folder.open().list(AuditEntry.self, limit: 1000).records }

    /// The version that the registry says is in force.
    func storedActive() throws -> Int? { try PolicyVersions(registry: try folder.open()).active()?.number }

    static func shippedCatalog() throws -> Catalog {
        let bytes = try #require(
            FileManager.default.contents(atPath: root + "/Templates/catalogs/default.json"))
        return try Catalog(parsing: [UInt8](bytes), file: "default.json")
    }

    /// The package's folder.
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(5)
        .joined(separator: "/")
}

extension PolicyDesk.Answer {
    /// The version that was put in force, or nil.
    var activated: PolicyVersionRecord? {
        if case .activated(let record) = outcome { record } else { nil }
    }

    /// Why it was refused, or nil.
    var refusal: PolicyDesk.Refusal? {
        if case .refused(let refusal) = outcome { refusal } else { nil }
    }
}
