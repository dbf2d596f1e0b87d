import Base
import Items
import Registry
import Tables
import Tenancy

/// What of a tenant is not served as the rest of it is: schools that are closed or have left, and one that is being moved.
/// Almost no tenant has any, so that a request asks one question of nil.
final class SchoolExceptions: Sendable {
    private let closed: Set<String>
    private let former: Set<String>
    private let moving: [SchoolID]
    private let stems: [SchoolStem]

    /// Nil where all of the tenant is served alike.
    init?(_ record: TenantRecord, stems: [SchoolStem]) {
        var closed: Set<String> = []
        var moving: [SchoolID] = []
        for school in record.schools {
            switch school.state {
            case .open: break
            case .closed: closed.insert(school.id.text)
            case .moving: moving.append(school.id)
            }
        }
        let current = Set(record.schools.map(\.id))
        former = Set(record.formerSchools.lazy.map(\.id).filter { !current.contains($0) }.map(\.text))
        guard !closed.isEmpty || !former.isEmpty || !moving.isEmpty else { return nil }
        self.closed = closed
        self.moving = moving
        self.stems = stems
    }

    /// Checks that the session of this school (or of the district, by its own id) is served.
    /// - Throws: `notServed`.
    func checkServed(_ school: String) throws(GatewayError) {
        if closed.contains(school) { throw .notServed("The school of this session is closed") }
        if former.contains(school) {
            throw .notServed("The school of this session does not belong to its tenant")
        }
    }

    /// Checks that no school that is being moved has this key, or an item of it hangs on one.
    /// - Throws: `waitedTooLong`, which SDKs answer by trying again.
    func checkWritable(_ table: GatewayTable, _ key: EncodedKey) throws(GatewayError) {
        guard !moving.isEmpty, case .logical(let logical) = table.place else { return }
        for school in moving {
            guard
                logical.ownedKeys.owner(of: key.partition) == .school(school)
                    || stems.contains(where: { $0.table == table.name && $0.covers(key, of: school) })
            else { continue }
            throw .waitedTooLong("a write of school \(school) is refused until it has moved")
        }
    }
}

extension GatewayRoute {
    /// Checks that the tenant may write.
    /// - Throws: `notServed` where it is not active.
    func checkWritable() throws(GatewayError) {
        switch standing {
        case .active: return
        case .readOnly:
            throw .notServed("The tenant of this session is suspended and may only read")
        case .onboarding: throw .notServed("The tenant of this session is being set up and not yet served")
        case .suspended: throw .notServed("The tenant of this session is suspended")
        case .departing: throw .notServed("The tenant of this session is leaving and may only read")
        case .leaving: throw .notServed(GatewayError.noLongerServed)
        }
    }
}
