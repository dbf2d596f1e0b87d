/// What a request reaches: an ARN with its segments found. Made once for each table or index, and kept.
public struct PolicyResource: Hashable, Sendable {
    let bytes: [UInt8]
    /// Where the first five colons stand; all -1 for `*`.
    let colons: SIMD8<Int32>

    /// The ARN `arn:aws:dynamodb:<region>:<account>:table/<table>`.
    public init(table: String, region: String, account: String) {
        self.init(dynamoDB: "table/\(table)", region: region, account: account)
    }

    /// The ARN `arn:aws:dynamodb:<region>:<account>:table/<table>/index/<index>`.
    public init(index: String, ofTable table: String, region: String, account: String) {
        self.init(dynamoDB: "table/\(table)/index/\(index)", region: region, account: account)
    }

    /// What an action reaches that is about no one table, such as ListTables: `…:table/*`, its star a
    /// character.
    public init(everyTableIn region: String, account: String) {
        self.init(dynamoDB: "table/*", region: region, account: account)
    }

    /// The ARN `arn:aws:dynamodb:<region>:<account>:<resource>`, such as a stream's or a backup's.
    public init(dynamoDB resource: String, region: String, account: String) {
        bytes = Array("arn:aws:dynamodb:\(region):\(account):\(resource)".utf8)
        guard let colons = PolicyResource.findColons(bytes) else {
            preconditionFailure("an ARN that is put together here has its colons")
        }
        self.colons = colons
    }

    /// An ARN of six segments, or `*`; nil for any other text.
    public init?(arn: String) {
        bytes = Array(arn.utf8)
        if arn == "*" {
            colons = SIMD8(repeating: -1)
            return
        }
        guard let colons = PolicyResource.findColons(bytes) else { return nil }
        self.colons = colons
    }

    /// The ARN.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    var isStar: Bool { colons[0] < 0 }

    private static func findColons(_ bytes: [UInt8]) -> SIMD8<Int32>? { findColons(bytes.span) }

    /// Where the first five colons stand, or nil where there are fewer.
    static func findColons(_ bytes: Span<UInt8>) -> SIMD8<Int32>? {
        var colons = SIMD8<Int32>(repeating: 0)
        var found = 0
        for offset in 0..<bytes.count where bytes[offset] == UInt8(ascii: ":") {
            colons[found] = Int32(truncatingIfNeeded: offset)
            found += 1
            if found == 5 { return colons }
        }
        return nil
    }
}
