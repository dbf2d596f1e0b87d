import Base
import Registry
import Tenancy

// What the parameters of a list ask for.
extension RequestQuery {
    /// The parameter, which is one of these words; or nil.
    func word(_ name: String, among words: [String]) throws(Problem) -> String? {
        guard let text = self[name] else { return nil }
        guard words.contains(text) else {
            throw .invalid(
                "there is no \(name) `\(text)`; \(Suggestion.remedy(for: text, among: words))", field: name)
        }
        return text
    }

    /// The tenant whose id `tenant` has, if the caller may know of it; or nil.
    func tenant(for caller: Caller) throws(Problem) -> TenantID? {
        guard let text = self["tenant"] else { return nil }
        guard let id = TenantID(text), caller.maySee(id) else { throw .noSuchTenant(text) }
        return id
    }

    /// The tier that `tier` names; or nil.
    func tier(of catalog: Catalog) throws(Problem) -> TierName? {
        guard let text = self["tier"] else { return nil }
        guard let tier = catalog.tier(named: text) else {
            throw .invalid("there is no tier `\(text)`; \(catalog.tierRemedy(for: text))", field: "tier")
        }
        return tier.name
    }

    /// The school whose id `school` has; or nil.
    func school() throws(Problem) -> SchoolID? {
        guard let text = self["school"] else { return nil }
        guard let id = SchoolID(text) else {
            throw .invalid("expected a school's id as `school`, found `\(text)`", field: "school")
        }
        return id
    }

    /// From `since` on and before `until`, each where it is there; nil where neither is.
    func span(before now: Timestamp) throws(Problem) -> Range<Timestamp>? {
        let (since, until) = (try moment("since", before: now), try moment("until", before: now))
        guard since != nil || until != nil else { return nil }
        let (first, end) = (since ?? Timestamp(milliseconds: 0), until ?? Timestamp(milliseconds: .max))
        guard first <= end else { throw .invalid("`until` is before `since`", field: "until") }
        return first..<end
    }
}
