import Base
import Policies
import Registry
import Reviews
import Tenancy

/// The policies that a server begins with: at the first start the folder's, if nothing is in their way; at each later one those
/// that the registry says are in force, whatever is in the folder.
struct PolicyStart: Sendable {
    /// What the folder is beside the policies in force.
    enum Folder: Equatable {
        /// The same files.
        case same
        /// Other files.
        case other
        /// It cannot be read, for this reason.
        case broken(String)
    }

    /// What is in force.
    let loaded: LoadedPolicies
    /// How the folder compares.
    let folder: Folder
    private let path: String
    private let versions: PolicyVersions
    private let gate: PolicyGate

    /// Finds the policies in force, and at the first start puts the folder's in force.
    /// - Throws: `CommandFailure` where the first ones are refused, or those in force cannot be read; what the registry throws.
    init(_ options: ServeOptions, registry: Registry, catalog: Catalog, clock: any Clock) throws {
        path = options.policies
        versions = PolicyVersions(registry: registry)
        gate = PolicyGate(catalog: catalog, clock: clock)
        do {
            if let loaded = try versions.loadActive() {
                self.loaded = loaded
                folder = PolicyStart.compare(path, with: loaded)
                return
            }
        } catch let error as PolicyActivationError { throw CommandFailure.failed("\(error)") }
        loaded = try PolicyStart.begin(options, versions, gate, now: clock.now())
        folder = .same
    }

    /// A desk that puts others in force.
    func desk(clock: any Clock, putInForce: @escaping @Sendable (PolicyCatalog) -> Void) -> PolicyDesk {
        PolicyDesk(versions: versions, gate: gate, loaded: loaded, clock: clock, putInForce: putInForce)
    }

    /// What there is to say of it at the start, on one line; nil where there is nothing.
    var line: String? {
        let number = loaded.record.id
        return switch folder {
        case .same: nil
        case .other:
            "\(path) differs from version \(number) of the policies, which is in force: "
                + "`homeroom policy activate \(path)` puts it in force."
        case .broken(let reason):
            "\(path) is not what is in force and cannot be read; version \(number) of the policies stays in force: \(reason)"
        }
    }

    /// Says it in the log.
    func log(to log: Log) {
        guard let line else { return }
        log.warning(line, ["policyVersion": "\(loaded.record.id)", "folder": path])
    }

    private static func compare(_ path: String, with loaded: LoadedPolicies) -> Folder {
        let files: PolicyFiles
        do throws(ReviewFailure) { files = try PolicyFolder(reading: path).files } catch {
            return .broken(error.message)
        }
        guard files.digest != loaded.record.digest else { return .same }
        do throws(PolicyProblems) {
            _ = try PolicyCatalog.load(files: files.files)
            return .other
        } catch { return .broken(error.problems[0].description) }
    }

    private static func begin(
        _ options: ServeOptions, _ versions: PolicyVersions, _ gate: PolicyGate, now: Timestamp
    ) throws -> LoadedPolicies {
        let files: PolicyFiles
        do throws(ReviewFailure) { files = try PolicyFolder(reading: options.policies).files } catch {
            throw CommandFailure.failed("--policies: \(error)")
        }
        let result: PolicyVersions.FirstStart
        do {
            result = try versions.begin(
                with: files, gate: gate, acceptRisk: options.acceptedPolicyRisk, now: now)
        } catch PolicyActivationError.badText {
            throw CommandFailure.usage(
                "--accept-policy-risk: expected 1 to \(Limits.policyReasonBytesMax) bytes of text")
        }
        switch result {
        case .inForce(let loaded): return loaded
        case .refused(let refusal, let report):
            let lines = report.obstacles.flatMap { $0.split(separator: "\n") }.map { "\n  \($0)" }.joined()
            switch refusal {
            case .faulty:
                throw CommandFailure.failed("the policies in `\(options.policies)` cannot be used:\(lines)")
            case .risky, .reviewerNeeded:
                throw CommandFailure.failed(
                    "the policies in `\(options.policies)` are not proved to keep tenants apart:\(lines)\nchange them, or start "
                        + "with --accept-policy-risk \"reason\", which the audit log keeps")
            }
        }
    }
}
