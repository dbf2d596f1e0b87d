import Base
import Tables

/// Why the registry did not do what it was asked.
public enum RegistryError: Error, Equatable, Sendable {
    /// Somebody else was first: one of the transaction's conditions did not hold (of this record). Nothing
    /// was written; read again and decide again.
    case conflict(RegistryKey)
    /// There is no such record.
    case notFound(RegistryKey)
    /// The transaction has more items than one may have.
    case tooManyItems(count: Int, max: Int)
    /// The record is larger than an item may be.
    case tooLarge(RegistryKey, bytes: Int)
    /// The stored record cannot be read.
    case damaged(RegistryKey, reason: String)
    /// The table's engine failed; whether the transaction was written is not known where it was one.
    case table(TableError)
}
