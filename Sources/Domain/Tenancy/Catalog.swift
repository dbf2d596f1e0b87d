import Base
import Items
import JSONText

/// What a deployment runs on: its logical tables, its tiers and the items that tenants and schools start
/// with.
public struct Catalog: Hashable, Sendable {
    /// The catalog's name, for people.
    public let name: String
    /// The tables that an application sees, in the file's order.
    public let tables: [LogicalTable]
    /// From the smallest to the largest, in the file's order.
    public let tiers: [Tier]
    /// What each new tenant starts with.
    public let tenantItems: [ItemTemplate]
    /// What each new school starts with.
    public let schoolItems: [ItemTemplate]
    /// When tenants may be moved by themselves.
    public let maintenance: Maintenance
    /// What things cost; nil where the catalog does not say.
    public let prices: PriceList?

    /// Reads a catalog.
    /// - Parameter file: the file's name, for messages.
    /// - Throws: `CatalogError` with all that is wrong: with the place of the first fault alone where it is
    ///   no JSON, else everything that is missing, unknown, of the wrong kind or contradicts the rest.
    public init(parsing bytes: [UInt8], file: String) throws(CatalogError) {
        let text: JSONText
        do throws(JSONTextError) {
            text = try JSONText(parsing: bytes)
        } catch {
            throw CatalogError(faults: [
                CatalogFault(
                    file: file, position: error.position, message: error.message, remedy: "correct the JSON")
            ])
        }
        var reader = CatalogReader(file: file)
        guard let catalog = reader.catalog(text.root), reader.faults.isEmpty else {
            throw CatalogError(faults: reader.faultsInOrder)
        }
        self = catalog
    }

    init(
        name: String, tables: [LogicalTable], tiers: [Tier], tenantItems: [ItemTemplate],
        schoolItems: [ItemTemplate], maintenance: Maintenance, prices: PriceList?
    ) {
        self.name = name
        self.tables = tables
        self.tiers = tiers
        self.tenantItems = tenantItems
        self.schoolItems = schoolItems
        self.maintenance = maintenance
        self.prices = prices
    }

    /// The tier of that name, or nil.
    public func tier(named name: TierName) -> Tier? { tiers.first { $0.name == name } }

    /// The tier of that name, or nil.
    public func tier(named name: String) -> Tier? { tiers.first { $0.name.text == name } }

    /// What to do about a name that is no tier's: the nearest, or all there are.
    public func tierRemedy(for name: String) -> String {
        Suggestion.remedy(for: name, among: tiers.map(\.name.text))
    }

    /// The logical table of that name, or nil.
    public func table(named name: TableName) -> LogicalTable? { tables.first { $0.name == name } }
}
