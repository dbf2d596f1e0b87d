import Base

/// How far a tenant is in its life.
public enum TenantState: Hashable, Sendable, Codable {
    /// Its onboarding run is under way; nobody is served yet.
    case onboarding
    /// It is served.
    case active
    /// It is refused, or may only read, for this reason.
    case suspended(Suspension)
    /// It is leaving: the run takes its data along and then away. What it may do until then is closed.
    case offboarding(Departure)
    /// It has left. The record stays, so that its id is never given away again and its receipt is found.
    case gone(Farewell)

    /// The state without what goes with it: for lists, filters and the table of what is allowed.
    public var name: TenantStateName {
        switch self {
        case .onboarding: .onboarding
        case .active: .active
        case .suspended: .suspended
        case .offboarding: .offboarding
        case .gone: .gone
        }
    }
}

/// A tenant's state without what goes with it.
public enum TenantStateName: String, Hashable, Sendable, Codable, CaseIterable {
    case onboarding, active, suspended, offboarding, gone
}

/// Why a tenant is suspended, and what it may still do.
public struct Suspension: Hashable, Sendable, Codable {
    /// What a suspended tenant may still do.
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        /// Nothing.
        case closed
        /// Read what it has.
        case readOnly = "read-only"
    }

    /// Why, for those who ask later.
    public var reason: String
    /// What it may still do.
    public var mode: Mode

    /// A suspension.
    public init(reason: String, mode: Mode = .closed) {
        self.reason = reason
        self.mode = mode
    }
}

/// How a tenant leaves.
public struct Departure: Hashable, Sendable, Codable {
    /// The run that carries it out.
    public var run: RunID
    /// Why, for those who ask later.
    public var reason: String
    /// Until when it can be taken back without loss.
    public var until: Timestamp
    /// The suspension that it left, to which it returns where it is kept; nil where it was active.
    public var suspension: Suspension?
    /// Whether the grace period is over: nothing is read any more. Until then it may read what it has.
    public var isClosed: Bool?

    /// A departure.
    public init(
        run: RunID, reason: String, until: Timestamp, suspension: Suspension? = nil, isClosed: Bool? = nil
    ) {
        self.run = run
        self.reason = reason
        self.until = until
        self.suspension = suspension
        self.isClosed = isClosed
    }
}

/// What is kept of a tenant that has left.
public struct Farewell: Hashable, Sendable, Codable {
    /// The run that carried it out, whose receipt says what was removed.
    public var run: RunID
    /// When.
    public var at: Timestamp

    /// What is kept.
    public init(run: RunID, at: Timestamp) {
        self.run = run
        self.at = at
    }
}

extension TenantState {
    /// Reads a state; one of the versions that knew a suspension's reason alone is a closed one.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: StateKey.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: container.codingPath, debugDescription: "expected one state"))
        }
        switch key {
        case .onboarding: self = .onboarding
        case .active: self = .active
        case .suspended:
            let carried = try container.nestedContainer(keyedBy: CarriedKey.self, forKey: key)
            if let reason = try carried.decodeIfPresent(String.self, forKey: .reason) {
                self = .suspended(Suspension(reason: reason))
            } else {
                self = .suspended(try carried.decode(Suspension.self, forKey: .value))
            }
        case .offboarding:
            let carried = try container.nestedContainer(keyedBy: CarriedKey.self, forKey: key)
            self = .offboarding(try carried.decode(Departure.self, forKey: .value))
        case .gone:
            let carried = try container.nestedContainer(keyedBy: CarriedKey.self, forKey: key)
            self = .gone(try carried.decode(Farewell.self, forKey: .value))
        }
    }

    private enum StateKey: String, CodingKey { case onboarding, active, suspended, offboarding, gone }

    /// What the compiler's own encoding calls what a case carries.
    private enum CarriedKey: String, CodingKey {
        case value = "_0"
        case reason
    }
}
