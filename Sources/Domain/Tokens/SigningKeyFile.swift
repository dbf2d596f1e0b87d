import Base
import JSONText

/// The file in which an earlier version kept the keys that sign tokens, in the clear.
public enum SigningKeyFile {
    /// Reads a file.
    /// - Returns: the keys, the newest first; never none.
    /// - Throws: `TokenError.keys` where it is of another form; the message holds nothing of the keys.
    public static func keys(parsing bytes: [UInt8]) throws(TokenError) -> [SigningKey] {
        let text: JSONText
        do {
            text = try JSONText(parsing: bytes)
        } catch {
            // The parser's message may repeat a character of a key, so only its position is told.
            throw .keys(
                "expected a file of signing keys in JSON; fault at \(error.position.line):\(error.position.column)"
            )
        }
        guard let members = text.root.value.members, case .number("1") = members.value("version"),
            let list = members.value("keys")?.elements, (1...Limits.signingKeysMax).contains(list.count)
        else {
            throw .keys(
                "expected a file of signing keys: `version` 1 and 1 to \(Limits.signingKeysMax) `keys`")
        }
        var keys: [SigningKey] = []
        for node in list {
            guard let members = node.value.members, let pem = members.value("private_key")?.string,
                case .number(let digits) = members.value("created_at"), let milliseconds = Int64(digits)
            else {
                throw .keys(
                    "expected `private_key` and `created_at` for each signing key, at line \(node.position.line)"
                )
            }
            keys.append(
                try SigningKey(pem: pem, .es256, createdAt: Timestamp(milliseconds: milliseconds)))
        }
        return keys
    }
}
