import Base

/// An e-mail address that a message can be sent to: `local@domain`.
///
/// The rule is plainer than RFC 5322: the local part is a dot-atom of ASCII (no quotes, no comments) of 1 to
/// 64 bytes, the domain is a host name of at least two labels (letters, digits, inner `-`, 1 to 63 bytes
/// each), the whole at most 254 bytes (RFC 5321, section 4.5.3.1, with RFC 3696's erratum 1690). Whether
/// somebody reads it only a message can tell.
public struct EmailAddress: Identifier {
    /// The address as given.
    public let text: String

    /// Nil unless `text` follows the rule.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, (1...64).contains(parts[0].count) else { return nil }
        let atoms = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(EmailAddress.isAtomByte) }) else { return nil }
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy(EmailAddress.isLabel) else { return nil }
        self.text = text
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
    }

    private static let atomMarks = Array("!#$%&'*+-/=?^_`{|}~".utf8)

    private static func isAtomByte(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || atomMarks.contains(byte)
    }

    private static func isLabel(_ label: Substring.UTF8View.SubSequence) -> Bool {
        (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
            && label.allSatisfy { isLetterOrDigit($0) || $0 == 0x2D }
    }
}
