import Base

/// A point of a run at which a test may kill the process.
public struct Boundary: Hashable, Sendable, CustomStringConvertible {
    /// Where in a step's life.
    public enum Point: String, Hashable, Sendable, CaseIterable {
        /// Before the call of the step (or its undo).
        case before
        /// After the call, before its end is recorded.
        case after
        /// After its end is recorded.
        case recorded
    }

    /// The run.
    public let run: RunID
    /// The step.
    public let step: String
    /// Whether it is the step's undo.
    public let isUndo: Bool
    /// Where.
    public let point: Point

    /// Step and point, for messages.
    public var description: String { "\(point.rawValue) \(isUndo ? "undo of " : "")\(step)" }
}

/// Called at each boundary; throwing kills the engine there.
public typealias BoundaryHook = @Sendable (Boundary) throws -> Void
