import Base
import Registry
import Tenancy

extension TenantService {
    /// What speaks against onboarding the district now, for itself: its tier, its number of schools, a name that is taken. Nothing
    /// where the key stands for a run already: then the same request answers what that run has made. Changes nothing.
    /// - Throws: the first `TenantError`; what the registry throws.
    public func checkOnboarding(_ request: OnboardingRequest, idempotencyKey: String) throws {
        var key = idempotencyKey
        // As an import that is run again: an attempt that was taken back has left nothing.
        for attempt in 2...Limits.retriedRunsMax {
            guard let entry = try registry.read(IdempotencyRecord.self, key) else { break }
            guard try registry.read(RunRecord.self, entry.run)?.state == .undone else { return }
            key = "\(idempotencyKey)#\(attempt)"
        }
        _ = try request.checkedTier(catalog)
        let name = NameReservation.folded(request.name.text)
        if let taken = try registry.read(NameReservation.self, name), !request.allowsDuplicateName {
            throw TenantError.nameTaken(request.name.text, by: taken.tenant)
        }
    }
}
