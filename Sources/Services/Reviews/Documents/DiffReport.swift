import Base
import JSONText
import Policies
import Proofs
import Tenancy

/// What a new version of the policies allows that the old one did not, and the reverse: as terminal, REST and SARIF tell it.
public struct DiffReport: Sendable {
    /// Differences that one statement makes, with a request that shows them.
    public struct Group: Sendable {
        /// The role.
        public let role: String
        /// The statement that allows it, on the side that does.
        public let statement: DecisionExplanation.Finding?
        /// The actions, in the order of the table of actions.
        public let actions: [String]
        /// The ARNs.
        public let resources: [String]
        /// One of them.
        public let example: AccessDifference
    }

    /// By the roles' names.
    public let roles: [RoleDiff]
    /// How long it took.
    public let milliseconds: Double
    private let commands: AWSCommandText

    /// Compares two versions.
    /// - Parameter wanted: these roles only; nil for all.
    public init(
        old: PolicyCatalog, new: PolicyCatalog, catalog: Catalog, clock: any Clock,
        roles wanted: Set<String>? = nil
    ) {
        let start = clock.monotonicNanoseconds()
        let comparison = AccessComparison(catalog: catalog)
        roles = Set(old.roles.keys).union(new.roles.keys).sorted().filter { wanted?.contains($0) ?? true }
            .map { comparison.compare($0, old: old.roles[$0], new: new.roles[$0]) }
        milliseconds = Double(clock.monotonicNanoseconds() - start) / 1e6
        commands = AWSCommandText(catalog: catalog)
    }

    /// Whether it is proven that the new version gives nobody anything more.
    public var isWithoutGain: Bool { roles.allSatisfy(\.isWithoutGain) }

    /// The AWS CLI command that makes a request, on one line.
    public func command(of request: DecisionRequest) -> String { commands.text(of: request) }

    /// The differences by the statements that make them; what one statement does alike with several actions stands together.
    public static func groups(_ differences: [AccessDifference]) -> [Group] {
        var order: [DecisionExplanation.Finding?] = []
        var byStatement: [DecisionExplanation.Finding?: [AccessDifference]] = [:]
        for difference in differences {
            let statement = difference.statement
            if byStatement[statement] == nil { order.append(statement) }
            byStatement[statement, default: []].append(difference)
        }
        return order.flatMap { statement -> [Group] in
            let all = byStatement[statement] ?? []
            // Resources for which the same actions changed.
            var resources: [String] = []
            var actions: [String: [String]] = [:]
            for difference in all {
                let resource = difference.request.resource.text
                if actions[resource] == nil { resources.append(resource) }
                actions[resource, default: []].append(difference.request.action.name)
            }
            var sets: [[String]] = []
            for resource in resources {
                let set = actions[resource] ?? []
                if !sets.contains(set) { sets.append(set) }
            }
            return sets.compactMap { set in
                let alike = resources.filter { actions[$0] == set }
                guard let example = all.first(where: { $0.request.resource.text == alike.first }) else {
                    return nil
                }
                return Group(
                    role: example.role, statement: statement, actions: set, resources: alike, example: example
                )
            }
        }
    }
}

extension DiffReport {
    /// What access that is new is among findings.
    public static let gainRule = ReviewRule(
        id: "access-gained", level: .warning, title: "A role may do more than before",
        why: "The new policies allow a request that the old ones do not.", isSecurity: true)
    /// What a role that more may assume is among findings.
    public static let trustRule = ReviewRule(
        id: "trust-gained", level: .warning, title: "A role may be assumed by more than before",
        why: "The new trust admits a caller, or lasts longer, than the old one.", isSecurity: true)
    /// What a comparison without an answer is among findings.
    public static let unknownRule = ReviewRule(
        id: "access-unknown", level: .warning, title: "Whether a role may do more than before is not known",
        why: "Nothing was found, and it is not proven that there is nothing.", isSecurity: true)
    /// All of them.
    public static let rules = [gainRule, trustRule, unknownRule]

    /// What is gained, or may be, at its place in the new files.
    public var reviewFindings: [ReviewFinding] {
        roles.flatMap { diff in gains(diff) + trustGains(diff) }
    }

    private func gains(_ diff: RoleDiff) -> [ReviewFinding] {
        findings(diff.gained, of: diff) { differences in
            Self.groups(differences).map { group in
                ReviewFinding(
                    Self.gainRule, file: group.statement?.file ?? diff.file,
                    position: group.statement?.position ?? Self.top,
                    message: "`\(diff.role)` gains \(group.actions.joined(separator: ", ")); for example: "
                        + command(of: group.example.request))
            }
        }
    }

    private func trustGains(_ diff: RoleDiff) -> [ReviewFinding] {
        findings(diff.trustGained, of: diff) { differences in
            differences.map { difference in
                ReviewFinding(
                    Self.trustRule, file: diff.file, position: Self.top,
                    message: "`\(diff.role)`: \(difference.sentence)")
            }
        }
    }

    private func findings<Difference>(
        _ change: PolicyChange<Difference>, of diff: RoleDiff, _ tell: ([Difference]) -> [ReviewFinding]
    ) -> [ReviewFinding] {
        switch change {
        case .none: return []
        case .some(let differences): return tell(differences)
        case .unknown(let reasons):
            return [
                ReviewFinding(
                    Self.unknownRule, file: diff.file, position: Self.top,
                    message: "`\(diff.role)`: \(reasons.joined(separator: "; "))")
            ]
        }
    }

    private static let top = TextPosition(line: 1, column: 1)
}

extension RoleDiff {
    /// The role's own file, below the folder.
    fileprivate var file: String { "roles/\(role).json" }
}
