import Base
import Crypto
import Dispatch
import HTTPServer
import Registry
import Synchronization
import Workflows

#if canImport(Glibc)
    import Glibc
#endif

/// The streams on which callers follow runs. One thread looks at all of them again and again, so that a stream costs none of its
/// own; it is there while there are streams.
///
/// What is sent is the run as it stands: who comes again has missed nothing that still holds.
final class RunStreams: Sendable {
    /// A run that is followed.
    private struct Follower: Sendable {
        let run: RunID
        let stream: HTTPStream
        let mayGoOn: @Sendable () -> Bool
        var seen: String?
        var sentNanoseconds: UInt64
    }

    private struct State {
        var followers: [Follower] = []
        var isLooking = false
        var isStopped = false
        /// Those that are about to begin.
        var expected = 0
    }

    private let engine: WorkflowEngine
    private let clock: any Clock
    private let log: Log
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "control-streams")
    private let looking = DispatchGroup()

    init(engine: WorkflowEngine, clock: any Clock, log: Log) {
        self.engine = engine
        self.clock = clock
        self.log = log
    }

    /// The answer that follows a run; `seen` is the last event that the caller has had.
    /// - Parameter mayGoOn: whether the caller may still see the run.
    /// - Throws: `.busy` where there are as many streams as there may be.
    func follow(
        _ run: RunID, after seen: String?, mayGoOn: @escaping @Sendable () -> Bool
    ) throws(Problem) -> ControlResponse {
        let isTaken = state.withLock { state in
            state.followers.removeAll { $0.stream.isOver }
            guard !state.isStopped, state.followers.count + state.expected < Limits.runStreamsMax else {
                return false
            }
            state.expected += 1
            return true
        }
        guard isTaken else {
            throw Problem(
                .busy,
                "\(Limits.runStreamsMax) runs are followed already; ask for `/v1/runs/\(run)` now and then instead"
            )
        }
        var response = ControlResponse().adding("Content-Type", "text/event-stream")
            .adding("Cache-Control", "no-store").adding("X-Accel-Buffering", "no")
        response.stream = { [self] stream in
            let follower = Follower(
                run: run, stream: stream, mayGoOn: mayGoOn, seen: seen,
                sentNanoseconds: clock.monotonicNanoseconds())
            begin(follower)
        }
        return response
    }

    /// Ends all.
    func stop() {
        state.withLock { $0.isStopped = true }
        looking.wait()
    }

    private func begin(_ follower: Follower) {
        let (isStopped, isFirst) = state.withLock { state in
            state.expected -= 1
            guard !state.isStopped else { return (true, false) }
            state.followers.append(follower)
            defer { state.isLooking = true }
            return (false, !state.isLooking)
        }
        if isStopped { return follower.stream.end() }
        if isFirst { queue.async(group: looking) { [self] in look() } }
    }

    private func look() {
        while true {
            let (followers, isStopped) = state.withLock { ($0.followers, $0.isStopped) }
            let left = followers.compactMap { (follower) -> Follower? in
                if isStopped { follower.stream.end() }
                return isStopped ? nil : after(follower)
            }
            let isDone = state.withLock { state in
                state.followers = left + state.followers.dropFirst(followers.count)
                state.isLooking = !state.followers.isEmpty
                return !state.isLooking
            }
            if isDone { return }
            usleep(UInt32(Limits.runStreamLookMilliseconds * 1000))
        }
    }

    /// Says what is new; nil where the stream has ended.
    private func after(_ follower: Follower) -> Follower? {
        var follower = follower
        guard !follower.stream.isOver, follower.mayGoOn() else {
            follower.stream.end()
            return nil
        }
        let record: RunRecord
        do { record = try engine.get(follower.run) } catch {
            log.warning(
                "a run that is followed cannot be read", ["run": follower.run.text, "error": "\(error)"])
            follower.stream.end()
            return nil
        }
        let now = clock.monotonicNanoseconds()
        var json = JSONWriter(reserving: 512)
        RunDocument(run: record, turn: engine.turn(of: record.id), isFull: false).write(to: &json)
        let id = Hex.encode(SHA256.hash(json.bytes).bytes.prefix(8))
        if id != follower.seen {
            follower.stream.write(
                ServerSentEvent.text(record.state.isFinal ? "end" : "run", id: id, data: json.bytes))
            (follower.seen, follower.sentNanoseconds) = (id, now)
        } else if now - follower.sentNanoseconds >= UInt64(Limits.runStreamHeartbeatSeconds) * 1_000_000_000 {
            follower.stream.write(ServerSentEvent.heartbeat)
            follower.sentNanoseconds = now
        }
        guard !record.state.isFinal else {
            follower.stream.end()
            return nil
        }
        return follower
    }
}
