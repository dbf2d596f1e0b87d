import Base

/// A tier's name, such as `basic`: a lower case letter, then letters and digits, 1 to 15 characters.
///
/// INVARIANT (unambiguous names): a tier's name has no `-` and fewer characters than a tenant's id, so
/// `<table>-<tier>-<number>` and `<table>-<tier>-<tenantId>` each read in one way only.
public struct TierName: Identifier {
    /// The name.
    public let text: String

    /// Nil unless `text` follows the rule.
    public init?(_ text: String) {
        let isLetter = { (byte: UInt8) in byte >= 0x61 && byte <= 0x7A }
        let isDigit = { (byte: UInt8) in byte >= 0x30 && byte <= 0x39 }
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 15,
            text.utf8.allSatisfy({ isLetter($0) || isDigit($0) })
        else { return nil }
        self.text = text
    }
}
