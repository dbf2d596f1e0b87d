import Base
import FoundationEssentials
import Registry
import Tenancy

/// A tenant with where it is.
public struct TenantDetails: Hashable, Sendable {
    /// The tenant.
    public let record: TenantRecord
    /// Its place, or nil where it has none yet.
    public let placement: PlacementRecord?
    /// Its place's store, or nil where it has none yet.
    public let store: StoreRecord?
}

/// A key for the control API with its secret: shown once, stored nowhere.
public struct FirstCredential: Hashable, Sendable {
    /// The key's public half, `hk_…`.
    public let id: String
    /// The key's secret half.
    public let secret: String
}

/// What an onboarding made.
public struct OnboardedTenant: Hashable, Sendable {
    /// The run that made it.
    public let run: RunID
    /// The tenant and its place.
    public let details: TenantDetails
    /// Its first key, or nil where that has been disabled or deleted since.
    public let credential: FirstCredential?
}

/// What has become of an onboarding.
public enum OnboardingOutcome: Hashable, Sendable {
    /// The tenant is there.
    case done(OnboardedTenant)
    /// The run goes on.
    case underWay(RunID)
}

/// What has become of the adding of a school.
public enum SchoolOutcome: Hashable, Sendable {
    /// The school is there; where the tier does not take so many, by what grace.
    case done(run: RunID, SchoolRecord, grace: SchoolGrace?)
    /// The run goes on.
    case underWay(RunID)
}

extension TenantService {
    /// What a completed run left, or nil.
    static func result<Value: Decodable>(of run: RunRecord, as type: Value.Type) throws -> Value? {
        guard run.state == .completed, let text = run.result else { return nil }
        return try decoded(text, as: type)
    }

    static func decoded<Value: Decodable>(_ text: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
