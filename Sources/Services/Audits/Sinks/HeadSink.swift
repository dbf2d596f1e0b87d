import Base
import Registry

/// A place outside the registry that keeps sealed heads.
public protocol HeadSink: Sendable {
    /// What it is called in the log: no secret.
    var name: String { get }

    /// Hands a head over and waits until the place has it, at most `Limits.auditSinkTimeoutSeconds`.
    /// - Throws: `HeadSinkError`: it may or may not have it.
    func take(_ head: SealedHead) throws(HeadSinkError)
}

/// Why a place outside has not taken a head.
public struct HeadSinkError: Error, Equatable, CustomStringConvertible {
    /// What was expected and what was found.
    public let description: String

    /// For this reason.
    init(_ description: String) { self.description = description }
}

extension SealedHead {
    /// One line for whoever reads along, and the statement that proves it: JSON without a line break.
    public var line: [UInt8] {
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        json.name("kind")
        json.string(head.kind.rawValue)
        json.name("number")
        json.int(Int(head.number))
        json.name("digest")
        json.string(head.digest)
        json.name("signedAt")
        json.string(signedAt.iso8601)
        json.name("statement")
        json.string(statement)
        json.endObject()
        return json.bytes
    }
}
