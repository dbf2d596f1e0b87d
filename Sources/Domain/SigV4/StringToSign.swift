import Crypto

/// Writes what is finally signed. Source: AWS IAM User Guide, "Create a signed AWS API request", step 3.
enum StringToSign {
    static func write(
        timestamp: UnsafeRawBufferPointer, scope: UnsafeRawBufferPointer, canonicalRequest: SHA256Digest,
        to output: inout [UInt8]
    ) {
        output.removeAll(keepingCapacity: true)
        output.append(contentsOf: algorithmLine)
        output.append(bytes: timestamp)
        output.append(UInt8(ascii: "\n"))
        output.append(bytes: scope)
        output.append(UInt8(ascii: "\n"))
        canonicalRequest.appendHex(to: &output)
    }

    private static let algorithmLine = Array("AWS4-HMAC-SHA256\n".utf8)
}
