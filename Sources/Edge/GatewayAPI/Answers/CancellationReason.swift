import Base
import Items
import Tables

/// Why one action cancelled its transaction. Source: DynamoDB API reference, CancellationReason.
struct CancellationReason {
    let code: String
    let message: String
    /// The item that a condition met, where the action asked for it.
    let item: ItemImage?

    init(_ fault: TransactionFault, returnsItem: Bool) {
        switch fault {
        case .conditionFailed(let met):
            code = "ConditionalCheckFailed"
            message = "The conditional request failed"
            item = returnsItem ? met : nil
        case .invalid(let error):
            code = "ValidationError"
            message = error.text
            item = nil
        }
    }

    /// An INSERT met an item with its key.
    static let duplicateItem = CancellationReason(
        code: "DuplicateItem", message: "Duplicate primary key exists in table")

    private init(code: String, message: String) {
        self.code = code
        self.message = message
        item = nil
    }

    /// Writes a reason, or what stands for an action that was not at fault.
    static func write(_ reason: CancellationReason?, to json: inout JSONWriter) {
        json.beginObject()
        json.name("Code")
        json.string(reason?.code ?? "None")
        if let reason {
            json.name("Message")
            json.string(reason.message)
            if let item = reason.item {
                json.name("Item")
                json.raw(item.bytes)
            }
        }
        json.endObject()
    }
}
