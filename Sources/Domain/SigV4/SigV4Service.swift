/// A service's name in a credential scope.
public struct SigV4Service: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let description: String
    fileprivate let bytes: [UInt8]

    /// The service of this name.
    public init(_ name: String) {
        description = name
        bytes = Array(name.utf8)
    }

    /// Amazon DynamoDB.
    public static let dynamodb = SigV4Service("dynamodb")
    /// AWS Security Token Service.
    public static let sts = SigV4Service("sts")
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are the service's name.
    func equals(_ service: SigV4Service) -> Bool { service.bytes.withUnsafeBytes { equals($0) } }
}
