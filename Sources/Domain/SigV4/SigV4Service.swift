/// A service's name in a credential scope.
public struct SigV4Service: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let description: String

    /// The service of this name.
    public init(_ name: String) { description = name }

    /// Amazon DynamoDB.
    public static let dynamodb = SigV4Service("dynamodb")
    /// AWS Security Token Service.
    public static let sts = SigV4Service("sts")
}
