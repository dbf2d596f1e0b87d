/// A message of a stream of events. Source: the HTML standard, section 9.2 (server-sent events).
enum ServerSentEvent {
    /// A line that says nothing, so that whoever is between keeps the connection open, and one that nobody reads is found.
    static let heartbeat = Array(": still here\n\n".utf8)

    /// An event with its id, by which a client that comes again says what it has seen. `data` has no line break in it.
    static func text(_ name: StaticString, id: String, data: [UInt8]) -> [UInt8] {
        Array("event: \(name)\nid: \(id)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }
}
