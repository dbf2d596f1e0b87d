import Base

#if canImport(Glibc)
    import Glibc
#endif

/// An item's JSON made into its stored image in one pass, without a tree: for a put whose item nobody needs to look into.
///
/// It says only yes. Nil where anything is wrong, and where it is rare: sets, binary values, names or texts with `\u`, a name
/// that stands twice. `Item.read` reads those, with every check and word; what is read here has the image and the size that
/// `Item.read` would lead to.
public struct ItemText {
    /// The stored image: what `Item.encoded` makes of the same item.
    public private(set) var image: [UInt8] = []
    /// The item's size, as `Item.sizeBytes`.
    public private(set) var sizeBytes = 0
    private var members: [Member] = []

    /// A member of the item or of a map in it, by its places in the image.
    private struct Member {
        /// Where it begins: the name's opening quote.
        let start: Int
        let nameEnd: Int
        var end = 0
        /// Whether the value is a text that stands there without escapes.
        var isPlainText = false
        var nameStart: Int { start + 1 }
        // `":{"S":"` stands between the name and the text, `"}` behind it.
        var text: Range<Int> { (nameEnd + 8)..<(end - 2) }
    }

    /// Reads an item from where it begins in `text`; `offset` is left behind it.
    public init?(reading text: UnsafeRawBufferPointer, from offset: inout Int) {
        var scanner = JSONTokens(text, at: offset)
        image.reserveCapacity(text.count - offset)
        members.reserveCapacity(16)
        guard let sizeBytes = readMembers(&scanner, perMember: 0, level: 0, isOutermost: true) else {
            return nil
        }
        self.sizeBytes = sizeBytes
        offset = scanner.offset
    }

    /// The text under a name, as UTF-8; nil where there is none, or another kind of value, or one with escapes.
    public func text(of name: [UInt8]) -> Range<Int>? {
        image.withUnsafeBytes { image in
            for member in members
            where member.isPlainText
                && image.part(from: member.nameStart, to: member.nameEnd).isSame(as: name)
            {
                return member.text
            }
            return nil
        }
    }

    /// Hands out the names of its attributes, ascending.
    public func forEachName(_ body: (UnsafeRawBufferPointer) -> Void) {
        image.withUnsafeBytes { image in
            for member in members { body(image.part(from: member.nameStart, to: member.nameEnd)) }
        }
    }

    // MARK: Values

    /// Reads an object of named values; their size, with `perMember` for each.
    private mutating func readMembers(
        _ scanner: inout JSONTokens, perMember: Int, level: Int, isOutermost: Bool
    ) -> Int? {
        guard scanner.take("{") else { return nil }
        image.append(UInt8(ascii: "{"))
        let firstMember = members.count
        let start = image.count
        var size = 0
        var isAscending = true
        if !scanner.take("}") {
            repeat {
                if members.count > firstMember { image.append(UInt8(ascii: ",")) }
                var member: Member
                let place = image.count
                guard let name = scanner.text(), !name.hasEscapes, !name.bytes.isEmpty,
                    name.bytes.count <= Limits.attributeNameBytesMax, scanner.take(":")
                else { return nil }
                append(name.bytes)
                member = Member(start: place, nameEnd: image.count - 1)
                if isAscending, members.count > firstMember {
                    isAscending = compare(members[members.count - 1], member) < 0
                }
                image.append(UInt8(ascii: ":"))
                members.append(member)
                let own = members.count - 1
                guard let value = readValue(&scanner, level: level, isPlainText: &member.isPlainText) else {
                    return nil
                }
                member.end = image.count
                members[own] = member
                size += perMember + name.bytes.count + value
            } while scanner.take(",")
            guard scanner.take("}") else { return nil }
        }
        if !isAscending, !sort(from: firstMember, start: start) { return nil }
        if !isOutermost { members.removeLast(members.count - firstMember) }
        image.append(UInt8(ascii: "}"))
        return size
    }

    private mutating func readValue(_ scanner: inout JSONTokens, level: Int, isPlainText: inout Bool) -> Int?
    {
        guard scanner.take("{"), let type = scanner.text(), scanner.take(":") else { return nil }
        let size: Int?
        if type.bytes.isSame(as: "S") {
            guard let text = scanner.text() else { return nil }
            image.append("{\"S\":")
            append(text.bytes)
            isPlainText = !text.hasEscapes
            size = text.bytes.count - text.escapes
        } else if type.bytes.isSame(as: "N") {
            size = readNumber(&scanner)
        } else if type.bytes.isSame(as: "BOOL") {
            guard let flag = scanner.flag() else { return nil }
            image.append(flag ? "{\"BOOL\":true" : "{\"BOOL\":false")
            size = 1
        } else if type.bytes.isSame(as: "NULL") {
            guard scanner.flag() == true else { return nil }
            image.append("{\"NULL\":true")
            size = 1
        } else if type.bytes.isSame(as: "M"), level + 1 < Limits.nestingLevelsMax {
            image.append("{\"M\":")
            size = readMembers(&scanner, perMember: 1, level: level + 1, isOutermost: false).map { $0 + 3 }
        } else if type.bytes.isSame(as: "L"), level + 1 < Limits.nestingLevelsMax {
            size = readList(&scanner, level: level + 1)
        } else {
            return nil
        }
        guard let size, scanner.take("}") else { return nil }
        image.append(UInt8(ascii: "}"))
        return size
    }

    private mutating func readNumber(_ scanner: inout JSONTokens) -> Int? {
        guard let text = scanner.text(), !text.hasEscapes else { return nil }
        let number: Number
        do throws(ItemError) {
            number = try Number(parsing: text.bytes.bindMemory(to: UInt8.self).span)
        } catch {
            return nil
        }
        image.append("{\"N\":\"")
        number.appendText(to: &image)
        image.append(UInt8(ascii: "\""))
        return number.sizeBytes
    }

    private mutating func readList(_ scanner: inout JSONTokens, level: Int) -> Int? {
        guard scanner.take("[") else { return nil }
        image.append("{\"L\":[")
        var size = 3
        if !scanner.take("]") {
            var isFirst = true
            repeat {
                if !isFirst { image.append(UInt8(ascii: ",")) }
                isFirst = false
                var isPlainText = false
                guard let value = readValue(&scanner, level: level, isPlainText: &isPlainText) else {
                    return nil
                }
                size += 1 + value
            } while scanner.take(",")
            guard scanner.take("]") else { return nil }
        }
        image.append(UInt8(ascii: "]"))
        return size
    }

    private mutating func append(_ text: UnsafeRawBufferPointer) {
        image.append(UInt8(ascii: "\""))
        image.append(contentsOf: text)
        image.append(UInt8(ascii: "\""))
    }

    // MARK: Order

    private func compare(_ left: Member, _ right: Member) -> Int {
        image.withUnsafeBytes { image in
            let (leftCount, rightCount) = (left.nameEnd - left.nameStart, right.nameEnd - right.nameStart)
            guard let base = image.baseAddress else { return 0 }
            let order = memcmp(base + left.nameStart, base + right.nameStart, min(leftCount, rightCount))
            return order != 0 ? Int(order) : leftCount - rightCount
        }
    }

    /// Puts the members from `firstMember` on, whose text is all from `start` on, in the order of their names; false where two
    /// have the same.
    private mutating func sort(from firstMember: Int, start: Int) -> Bool {
        let sorted = members[firstMember...].sorted { compare($0, $1) < 0 }
        for index in sorted.indices.dropFirst() where compare(sorted[index - 1], sorted[index]) == 0 {
            return false
        }
        let unsorted = Array(image[start...])
        image.removeLast(unsorted.count)
        members.removeLast(sorted.count)
        for (index, member) in sorted.enumerated() {
            if index > 0 { image.append(UInt8(ascii: ",")) }
            let place = image.count
            image.append(contentsOf: unsorted[(member.start - start)..<(member.end - start)])
            let distance = place - member.start
            var moved = Member(start: place, nameEnd: member.nameEnd + distance)
            moved.end = member.end + distance
            moved.isPlainText = member.isPlainText
            members.append(moved)
        }
        return true
    }
}
