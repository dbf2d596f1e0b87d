import Base
import Items

/// What the sort keys of a district's items begin with that hang on one of its schools: `SCHOOL#{schoolId}`, as the catalog's
/// first items of a school have it.
public struct SchoolStem: Hashable, Sendable {
    /// The logical table.
    public let table: TableName
    /// The pattern of the partition keys that such items lie under, which names the district.
    public let pattern: OwnedKeyPattern
    /// What stands before the school's id.
    public let prefix: [UInt8]

    /// The bytes that the sort keys of this school's items begin with.
    ///
    /// INVARIANT (prefix-free ids): ids have one length, so no other school's items begin so.
    public func bytes(of school: SchoolID) -> [UInt8] { prefix + Array(school.text.utf8) }

    /// Whether an item of this key hangs on the school, under whatever district.
    public func covers(_ key: EncodedKey, of school: SchoolID) -> Bool {
        key.sort.starts(with: bytes(of: school)) && pattern.owner(of: key.partition) != nil
    }
}

extension Catalog {
    /// Where items of districts hang on schools: one for each beginning that a first item of schools has, in the catalog's order.
    public var schoolStems: [SchoolStem] {
        var stems: [SchoolStem] = []
        for template in schoolItems {
            guard let table = table(named: template.table), let sort = table.key.sort, sort.type == .string,
                table.key.sorts.count == 1, table.key.partitions.count == 1,
                case .text(let text)? = template.attributes[sort.name],
                let prefix = text.prefix(before: .schoolID)
            else { continue }
            for pattern in table.ownedKeys.patterns where pattern.variable == .tenantID {
                let stem = SchoolStem(table: table.name, pattern: pattern, prefix: Array(prefix.utf8))
                if !stems.contains(stem) { stems.append(stem) }
            }
        }
        return stems
    }
}
