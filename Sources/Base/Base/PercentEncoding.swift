/// Text as a part of a URL. Source: RFC 3986 sections 2.1 and 2.3.
public enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".unicodeScalars)

    /// The text with all but letters, digits and `-._~` escaped, so that it can stand anywhere in a URL.
    public static func encode(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result.unicodeScalars.append("%")
                result.unicodeScalars.append(digits[Int(byte >> 4)])
                result.unicodeScalars.append(digits[Int(byte & 15)])
            }
        }
    }
}
