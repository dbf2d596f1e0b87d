import Base
import Tables
import Tenancy

extension LogicalTable {
    /// The shape of its physical table of that name.
    public func schema(named name: TableName) -> TableSchema {
        TableSchema(
            name: name, key: key,
            indexes: indexes.map { index in
                IndexSchema(
                    name: index.name, key: index.key, projection: IndexSchema.Projection(index.projection))
            })
    }
}

extension IndexSchema.Projection {
    fileprivate init(_ projection: LogicalTable.Projection) {
        switch projection {
        case .all: self = .all
        case .keysOnly: self = .keysOnly
        case .include(let names): self = .include(names)
        }
    }
}
