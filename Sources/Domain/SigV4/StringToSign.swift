import Crypto

/// Writes what is finally signed. Source: AWS IAM User Guide, "Create a signed AWS API request", step 3.
enum StringToSign {
    static func write(
        timestamp: UnsafeRawBufferPointer, scope: UnsafeRawBufferPointer, canonicalRequest: SHA256Digest,
        to output: inout [UInt8]
    ) {
        output.removeAll(keepingCapacity: true)
        output.append(contentsOf: algorithmLine.utf8)
        output.append(contentsOf: timestamp)
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: scope)
        output.append(UInt8(ascii: "\n"))
        canonicalRequest.appendHex(to: &output)
    }

    private static let algorithmLine = "AWS4-HMAC-SHA256\n"
}
