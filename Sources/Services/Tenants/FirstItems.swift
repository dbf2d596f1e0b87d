import Base
import Registry
import Tenancy

/// The items that a tenant and its schools start with, from the catalog's templates.
enum FirstItems {
    /// Of the tenant and all its schools.
    static func all(of record: TenantRecord, _ catalog: Catalog) -> [ItemTemplate.Filled] {
        ofTenant(record, catalog) + record.schools.flatMap { of($0, of: record, catalog) }
    }

    private static func ofTenant(_ record: TenantRecord, _ catalog: Catalog) -> [ItemTemplate.Filled] {
        let values = values(of: record, at: record.createdAt)
        return catalog.tenantItems.map { $0.filled(with: values) }
    }

    /// Of one of its schools.
    static func of(_ school: SchoolRecord, of record: TenantRecord, _ catalog: Catalog)
        -> [ItemTemplate.Filled]
    {
        let values = values(of: record, at: school.createdAt)
            .with(school: school.id, name: displayName(school.name))
        return catalog.schoolItems.map { $0.filled(with: values) }
    }

    private static func values(of record: TenantRecord, at time: Timestamp) -> TemplateValues {
        TemplateValues(
            tenant: record.id, name: displayName(record.name), tier: record.tier, timezone: record.timezone,
            now: time)
    }

    // Records hold names that were checked when they came in.
    private static func displayName(_ text: String) -> DisplayName {
        guard let name = DisplayName(text) else { preconditionFailure("a recorded name is no name") }
        return name
    }
}
