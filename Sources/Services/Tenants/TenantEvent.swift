import Base
import FoundationEssentials
import Registry
import Tenancy

/// What is announced of a tenant.
enum TenantEvent {
    private struct Payload: Encodable {
        let tenant: TenantID
        let name: String
        let tier: String
        let school: SchoolID?
        let reason: String?
    }

    /// An event of that type about the tenant.
    static func announcement(
        _ type: String, of record: TenantRecord, school: SchoolID? = nil, reason: String? = nil
    ) -> Announcement {
        let payload = Payload(
            tenant: record.id, name: record.name, tier: record.tier.text, school: school, reason: reason)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let json = String(decoding: try encoder.encode(payload), as: UTF8.self)
            return Announcement(type: type, tenant: record.id, payload: json)
        } catch { preconditionFailure("an event does not encode: \(error)") }
    }
}
