import Base
import Items

/// A PutItem request in its usual form, read where it lies in the body: `{"TableName": "…", "Item": {…}}`, in either order.
///
/// Nil for any other text, also for one that is wrong: `WireRequest` reads it then and says so.
struct PutRequest {
    let table: UnsafeRawBufferPointer
    let item: ItemText

    init?(_ body: UnsafeRawBufferPointer) {
        var tokens = JSONTokens(body)
        var table: UnsafeRawBufferPointer?
        var item: ItemText?
        guard tokens.take("{") else { return nil }
        repeat {
            guard let name = tokens.text(), tokens.take(":") else { return nil }
            if name.bytes.isSame(as: "TableName"), table == nil {
                guard let text = tokens.text(), !text.hasEscapes else { return nil }
                table = text.bytes
            } else if name.bytes.isSame(as: "Item"), item == nil {
                var offset = tokens.offset
                guard let read = ItemText(reading: body, from: &offset) else { return nil }
                item = read
                tokens = JSONTokens(body, at: offset)
            } else {
                return nil
            }
        } while tokens.take(",")
        guard tokens.take("}"), tokens.isAtEnd, let table, let item else { return nil }
        self.table = table
        self.item = item
    }
}
