/// A set of actions in two machine words.
public struct ActionSet: Hashable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// No action.
    public init() {}

    /// These actions.
    public init(_ actions: some Sequence<PolicyAction>) {
        for action in actions { insert(action) }
    }

    /// Every known action.
    public static let all = ActionSet(PolicyAction.allCases)

    /// Whether it holds `action`.
    public func contains(_ action: PolicyAction) -> Bool {
        let word = action.rawValue < 64 ? low : high
        return word >> UInt64(action.rawValue & 63) & 1 == 1
    }

    /// Puts `action` in.
    public mutating func insert(_ action: PolicyAction) {
        if action.rawValue < 64 {
            low |= 1 << UInt64(action.rawValue)
        } else {
            high |= 1 << UInt64(action.rawValue - 64)
        }
    }

    /// Puts all of `other` in.
    public mutating func formUnion(_ other: ActionSet) {
        low |= other.low
        high |= other.high
    }

    /// Whether `other` holds all of it.
    public func isSubset(of other: ActionSet) -> Bool {
        low & ~other.low == 0 && high & ~other.high == 0
    }

    /// All known actions that it does not hold.
    public var complement: ActionSet { ActionSet(PolicyAction.allCases.filter { !contains($0) }) }
    /// Whether it holds none.
    public var isEmpty: Bool { low | high == 0 }
    /// Its actions in the order of the table.
    public var actions: [PolicyAction] { PolicyAction.allCases.filter(contains) }

    /// The known actions that a pattern of a policy names: `dynamodb:Get*`, `*`; letters in any case.
    public init(matching pattern: String) {
        let wanted = Array(pattern.lowercased().utf8)
        guard wanted.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) else {
            if let action = PolicyAction(named: pattern) { insert(action) }
            return
        }
        for (index, name) in ActionTable.namesInLowerCase.enumerated() where ActionSet.matches(wanted, name) {
            insert(PolicyAction.allCases[index])
        }
    }

    /// Matches `*` and `?`; names of actions are ASCII, so a character is a byte.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (part, offset, partAfterStar, offsetAfterStar) = (0, 0, -1, 0)
        while offset < name.count || part < pattern.count {
            if part < pattern.count, pattern[part] == UInt8(ascii: "*") {
                part += 1
                partAfterStar = part
                offsetAfterStar = offset
            } else if part < pattern.count, offset < name.count,
                pattern[part] == UInt8(ascii: "?") || pattern[part] == name[offset]
            {
                part += 1
                offset += 1
            } else {
                guard partAfterStar >= 0, offsetAfterStar < name.count else { return false }
                offsetAfterStar += 1
                part = partAfterStar
                offset = offsetAfterStar
            }
        }
        return true
    }
}
