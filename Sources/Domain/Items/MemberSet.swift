/// What a set attribute can hold: something with an order, by bytes or by value.
public protocol SetMember: Hashable, Sendable {
    /// Negative, zero or positive, as `left` comes before, equals or comes after `right`.
    static func order(_ left: Self, _ right: Self) -> Int
    /// Feeds to a hasher what `order` compares.
    func hashBytes(into hasher: inout Hasher)
}

extension String: SetMember {
    /// By UTF-8 bytes.
    public static func order(_ left: String, _ right: String) -> Int { ByteOrder.compare(left, right) }
    /// The UTF-8 bytes.
    public func hashBytes(into hasher: inout Hasher) { ByteOrder.hash(self, into: &hasher) }
}

extension Number: SetMember {
    /// By value.
    public static func order(_ left: Number, _ right: Number) -> Int {
        left == right ? 0 : left < right ? -1 : 1
    }
    /// The number.
    public func hashBytes(into hasher: inout Hasher) { hasher.combine(self) }
}

extension [UInt8]: SetMember {
    /// By unsigned bytes.
    public static func order(_ left: [UInt8], _ right: [UInt8]) -> Int { ByteOrder.compare(left, right) }
    /// The bytes.
    public func hashBytes(into hasher: inout Hasher) { hasher.combine(self) }
}

/// The members of a set attribute: ascending, none twice, so that equal sets are equal arrays.
public struct MemberSet<Member: SetMember>: Sendable {
    /// The members, ascending.
    public private(set) var members: [Member] = []

    /// The distinct ones of these.
    public init(_ members: some Sequence<Member>) {
        for member in members.sorted(by: { Member.order($0, $1) < 0 }) {
            if let last = self.members.last, Member.order(last, member) == 0 { continue }
            self.members.append(member)
        }
    }

    /// These members, or nil where one stands twice.
    package init?(distinct members: [Member]) {
        let ascends = { (members: [Member]) in
            members.indices.dropFirst().allSatisfy { Member.order(members[$0 - 1], members[$0]) < 0 }
        }
        if ascends(members) {
            self.members = members
        } else {
            let sorted = members.sorted { Member.order($0, $1) < 0 }
            guard ascends(sorted) else { return nil }
            self.members = sorted
        }
    }

    /// Whether it is a member.
    public func contains(_ member: Member) -> Bool { position(of: member).isFound }

    /// Adds a member; whether it was none before.
    @discardableResult
    public mutating func insert(_ member: Member) -> Bool {
        let (index, isFound) = position(of: member)
        if !isFound { members.insert(member, at: index) }
        return !isFound
    }

    private func position(of member: Member) -> (index: Int, isFound: Bool) {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            let order = Member.order(members[middle], member)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    /// The members of both.
    public func union(_ other: MemberSet) -> MemberSet { MemberSet(members + other.members) }

    /// The members that `other` lacks.
    public func subtracting(_ other: MemberSet) -> MemberSet {
        var rest = self
        rest.members.removeAll { other.contains($0) }
        return rest
    }
}

extension MemberSet: RandomAccessCollection {
    /// The first index.
    public var startIndex: Int { 0 }
    /// The index behind the last.
    public var endIndex: Int { members.count }
    /// The member at an index.
    public subscript(position: Int) -> Member { members[position] }
}

extension MemberSet: Hashable {
    /// Whether the members are the same.
    public static func == (left: MemberSet, right: MemberSet) -> Bool {
        left.members.count == right.members.count
            && left.members.indices.allSatisfy { Member.order(left.members[$0], right.members[$0]) == 0 }
    }

    /// Feeds the members to a hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(members.count)
        for member in members { member.hashBytes(into: &hasher) }
    }
}

extension MemberSet: ExpressibleByArrayLiteral {
    /// The distinct ones of these.
    public init(arrayLiteral elements: Member...) { self.init(elements) }
}
