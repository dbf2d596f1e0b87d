import Base

/// The newest of what was added, and how many older ones were dropped.
public struct KeptNewest<Element: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
    /// Those that are kept, oldest first.
    public private(set) var elements: [Element] = []
    /// How many were dropped.
    public private(set) var dropped = 0

    /// None.
    public init() {}

    /// Adds one; the oldest beyond `max` are dropped.
    public mutating func append(_ element: Element, max: Int) {
        elements.append(element)
        guard elements.count > max else { return }
        dropped += elements.count - max
        elements.removeFirst(elements.count - max)
    }
}

/// What somebody asked of a run.
public struct RunRequest: Hashable, Sendable, Codable {
    /// When.
    public var time: Timestamp
    /// Who.
    public var actor: AuditActor
    /// What: `pause`, `cancel`, `resume`, `retry`, `skip`.
    public var what: String
    /// Why, where that was asked for.
    public var reason: String?

    /// A request.
    public init(time: Timestamp, actor: AuditActor, what: String, reason: String? = nil) {
        self.time = time
        self.actor = actor
        self.what = what
        self.reason = reason
    }
}

/// That a run makes no progress.
public struct RunStall: Hashable, Sendable, Codable {
    /// Since when, as far as the engine saw it.
    public var since: Timestamp
    /// At which step.
    public var step: String
    /// What is seen of it.
    public var reason: String

    /// A stall.
    public init(since: Timestamp, step: String, reason: String) {
        self.since = since
        self.step = step
        self.reason = reason
    }
}
