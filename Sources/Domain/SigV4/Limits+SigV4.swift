import Base

extension Limits {
    /// How many header fields of one request are looked at; a request with more is refused.
    public static let signedRequestFieldsMax = 128
    /// How many query parameters a signed request may have.
    public static let signedRequestParametersMax = 256
    /// The longest access key id. AWS's own have 20 characters.
    public static let accessKeyIDBytesMax = 32
    /// The longest region name in a credential scope.
    public static let regionBytesMax = 64
    /// How far a request's date may be from the server's clock. Source: AWS IAM User Guide, "Signature
    /// Version 4".
    public static let signatureSkewSeconds: Int64 = 15 * 60
    /// The longest validity of a presigned request: seven days. Source: the same guide, `X-Amz-Expires`.
    public static let presignedSecondsMax: Int64 = 7 * 24 * 3600
    /// How many (date, region, service) keys a secret keeps prepared; the oldest gives way.
    static let preparedKeysPerSecretMax = 4
}
