/// The named limits of the whole product: each loop, queue, body, retry and cache stops at one of these.
///
/// A floor adds its own in an extension `Limits+Floor.swift` beside the code that keeps it.
public enum Limits {
    /// The largest request body, in bytes, after decompression. Source: DynamoDB's 16 MB per request.
    public static let bodyBytesMax = 16 * 1024 * 1024
    /// How deep JSON may nest in any request or file before it is refused.
    public static let jsonDepthMax = 64
    /// The largest policy, catalog, role or configuration file, in bytes.
    public static let fileBytesMax = 4 * 1024 * 1024
}
