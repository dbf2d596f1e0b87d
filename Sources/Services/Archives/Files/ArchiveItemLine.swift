import Base
import Items

/// A line of an archive: `{"Item":{…}}`.
enum ArchiveItemLine {
    /// The item of the line, with every check but those of its table.
    /// - Throws: `.damaged` with file and line, without what stands there.
    static func item(_ text: ArraySlice<UInt8>, _ file: String, _ line: Int) throws(ArchiveError) -> Item {
        var reader = JSONReader(Array(text))
        var item: Item?
        do {
            try reader.beginObject()
            while try reader.nextMember() {
                guard try reader.memberName() == "Item", item == nil else {
                    throw ArchiveError.damaged(
                        file: file, line: line, reason: "expected one member, `Item`, as full exports have it"
                    )
                }
                item = try Item.read(from: &reader)
            }
            try reader.expectEnd()
            try item?.checkSize()
        } catch let error as ArchiveError { throw error } catch let error as ItemError {
            throw .damaged(file: file, line: line, reason: "it holds no item: \(ArchiveItemLine.safe(error))")
        } catch {
            throw .damaged(file: file, line: line, reason: "it is no JSON object")
        }
        guard let item else {
            throw .damaged(file: file, line: line, reason: "expected `{\"Item\":{…}}`")
        }
        return item
    }

    /// The reason without what the item holds: texts of these errors may quote values.
    private static func safe(_ error: ItemError) -> String {
        switch error {
        case .itemTooLarge: error.text
        case .validation: "a value breaks a rule of DynamoDB"
        case .serialization: "a value is of another form than DynamoDB's JSON"
        }
    }
}
