import Base
import FoundationEssentials
import Tables

/// How shapes and standings lie in a store's file: as JSON texts. Off the hot path.
enum StoredJSON {
    static func encode(_ value: some Encodable) throws(TableError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            throw .storage("\(type(of: value)) does not encode: \(error)")
        }
    }

    /// A table; a store that was made when only the shape was kept has that instead.
    static func table(_ text: String) throws(TableError) -> StoredTable {
        do { return try decode(text) } catch {
            return StoredTable(TableRecord(schema: try decode(text), createdAt: Timestamp(milliseconds: 0)))
        }
    }

    static func decode<Value: Decodable>(_ text: String) throws(TableError) -> Value {
        do { return try JSONDecoder().decode(Value.self, from: Data(text.utf8)) } catch {
            throw .storage("\(Value.self) does not read: \(error)")
        }
    }
}
