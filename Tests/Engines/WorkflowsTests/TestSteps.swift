import Base
import Dispatch
import Synchronization
import Workflows

/// What steps did, in order.
final class Log: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }
    func add(_ line: String) { kept.withLock { $0.append(line) } }
}

struct Fault: Error {
    let text: String
}

/// Says what it does; throws so often, or fails.
struct LoggedStep: WorkflowStep {
    let name: String
    let log: Log
    var fails = false
    var throwing = 0
    var retry = RetryPolicy()

    func perform(_ context: RunContext) throws -> StepResult {
        log.add(name)
        if log.lines.count(where: { $0 == name }) <= throwing { throw Fault(text: "\(throwing) times") }
        return fails ? .fail(reason: "no") : .done
    }

    func undo(_ context: RunContext) throws -> StepResult {
        log.add("undo " + name)
        return .done
    }
}

/// Goes on until it is interrupted, or may end.
struct LongStep: WorkflowStep {
    let name: String
    let entered: DispatchSemaphore
    let mayEnd: @Sendable () -> Bool

    func perform(_ context: RunContext) throws -> StepResult {
        entered.signal()
        while !context.isInterrupted, !mayEnd() {}
        return mayEnd() ? .done : .again(afterMilliseconds: 0)
    }
}
