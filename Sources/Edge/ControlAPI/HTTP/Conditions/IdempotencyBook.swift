import Base
import Crypto
import HTTPServer
import Registry
import Synchronization

/// Which requests were answered under which idempotency keys, each caller's apart: the same request again is given the same
/// answer, whatever it did is not done twice.
///
/// Answers are kept in the registry for a day, so also over a restart. What is being answered is known in memory alone: a process
/// that ends has no request under way. Only successes are kept: what was refused or failed has left nothing, or a run that goes
/// on by itself and has the key too, so it may be tried again.
public final class IdempotencyBook: Sendable {
    /// What becomes of a request with a key.
    enum Entry {
        /// It is to be carried out, then `settle` is called.
        case new(Ticket)
        /// It was answered before, so.
        case answered(ControlResponse)
    }

    /// Lets one request of a key be carried out.
    struct Ticket: Sendable {
        let id: String
        let caller: String
        let fingerprint: String
        let seal: AES256GCM
    }

    private struct Known {
        let caller: String
        let fingerprint: String
        let answeredAt: Timestamp
    }

    private struct State {
        var isLoaded = false
        var known: [String: Known] = [:]
        var counts: [String: Int] = [:]
        var underWay: [String: String] = [:]
    }

    private let registry: Registry
    private let secret: [UInt8]
    private let clock: any Clock
    private let random: any RandomSource
    private let state = Mutex(State())

    /// A book over what the registry has.
    /// - Parameter secret: what answers are sealed under: 32 secret bytes, the same over restarts.
    public init(registry: Registry, secret: [UInt8], clock: any Clock, random: any RandomSource) {
        self.registry = registry
        self.secret = secret
        self.clock = clock
        self.random = random
    }

    /// What becomes of this request. `caller` names who sends it: the same one whatever secret they have by now.
    /// - Throws: `Problem`: `.keyReused` where the key stood for another request, `.keyInUse` where the same is being answered,
    ///   `.tooManyRequests` where the caller has too many keys; `RegistryError`.
    func enter(_ request: ControlRequest, key: String, caller: String) throws -> Entry {
        let ticket = try ticket(request, key, caller)
        let now = clock.now()
        let isKnown = try state.withLock { state in
            try load(&state)
            if let fingerprint = state.underWay[ticket.id] {
                throw fingerprint == ticket.fingerprint ? IdempotencyBook.inUse : IdempotencyBook.reused
            }
            if let known = state.known[ticket.id], !IdempotencyBook.isOver(known.answeredAt, now) {
                guard known.fingerprint == ticket.fingerprint else { throw IdempotencyBook.reused }
                return true
            }
            try claim(ticket, in: &state)
            return false
        }
        guard isKnown else { return .new(ticket) }
        guard let answer = try registry.read(IdempotentAnswer.self, ticket.id) else {
            // Too large to be kept: it is made again.
            try state.withLock { try claim(ticket, in: &$0) }
            return .new(ticket)
        }
        return .answered(try response(answer, ticket))
    }

    /// The request was answered so, or, with nil, not done: the key is free again.
    func settle(_ ticket: Ticket, _ response: ControlResponse?, log: Log) {
        let isKept = response.map { (200...299).contains($0.status) && $0.isFinal } ?? false
        let now = clock.now()
        if isKept, let response {
            do throws(RegistryError) { try keep(response, ticket, at: now) } catch {
                // It was done, and is answered; only the same request again would not be known.
                log.error("the answer to an idempotency key cannot be kept", ["error": "\(error)"])
            }
        }
        state.withLock { state in
            state.underWay[ticket.id] = nil
            guard isKept else { return }
            if state.known[ticket.id] == nil { state.counts[ticket.caller, default: 0] += 1 }
            state.known[ticket.id] = Known(
                caller: ticket.caller, fingerprint: ticket.fingerprint, answeredAt: now)
        }
    }

    /// Forgets the answers that are old enough; how many. Call it now and then.
    /// - Throws: `RegistryError`; what is not removed then is another time.
    @discardableResult
    public func forgetOld(isStopping: () -> Bool = { false }) throws -> Int {
        let now = clock.now()
        let old = try state.withLock { state in
            try load(&state)
            return state.known.filter {
                IdempotencyBook.isOver($0.value.answeredAt, now) && state.underWay[$0.key] == nil
            }.map(\.key)
        }
        var count = 0
        for id in old where !isStopping() {
            var changes: [RegistryChange] = []
            if let request = try registry.read(IdempotentRequest.self, id) {
                // Sent again since: it is not old any more.
                guard IdempotencyBook.isOver(request.answeredAt, now) else { continue }
                changes.append(.delete(request))
            }
            if let answer = try registry.read(IdempotentAnswer.self, id) { changes.append(.delete(answer)) }
            try registry.transact(RegistryTransaction(changes))
            state.withLock { IdempotencyBook.forget(id, in: &$0) }
            count += 1
        }
        return count
    }

    // MARK: Parts

    private func claim(_ ticket: Ticket, in state: inout State) throws(Problem) {
        let mine = state.counts[ticket.caller, default: 0]
        let isFull =
            mine >= Limits.idempotencyKeysPerCallerMax || state.known.count >= Limits.idempotencyKeysMax
        guard !isFull || state.known[ticket.id] != nil else {
            throw Problem(
                .tooManyRequests,
                "\(mine) idempotency keys of this caller are kept, for a day each; send it without one, or later",
                field: "Idempotency-Key")
        }
        state.underWay[ticket.id] = ticket.fingerprint
    }

    private func load(_ state: inout State) throws(RegistryError) {
        guard !state.isLoaded else { return }
        var known: [String: Known] = [:]
        var counts: [String: Int] = [:]
        try registry.forEach(IdempotentRequest.self) { record in
            known[record.id] = Known(
                caller: record.caller, fingerprint: record.fingerprint, answeredAt: record.answeredAt)
            counts[record.caller, default: 0] += 1
        }
        (state.known, state.counts, state.isLoaded) = (known, counts, true)
    }

    private static func forget(_ id: String, in state: inout State) {
        guard let known = state.known.removeValue(forKey: id) else { return }
        let left = state.counts[known.caller, default: 1] - 1
        state.counts[known.caller] = left > 0 ? left : nil
    }

    private static func isOver(_ moment: Timestamp, _ now: Timestamp) -> Bool {
        now.milliseconds(since: moment) >= Limits.idempotencySeconds * 1000
    }

    private func ticket(
        _ request: ControlRequest, _ key: String, _ caller: String
    ) throws -> Ticket {
        let id = Hex.encode(SHA256.hash("\(caller)\n\(key)").bytes)
        var asked = Array("\(request.method.rawValue)\n\(request.contentType ?? "")\n".utf8)
        asked += request.target
        asked.append(0x0A)
        asked += request.body
        let sealing = try HKDF.derive(
            secret: secret, info: Array("homeroom idempotent answer \(id)".utf8),
            count: AES256GCM.keyBytes)
        return Ticket(
            id: id, caller: Hex.encode(SHA256.hash(caller).bytes),
            fingerprint: Hex.encode(SHA256.hash(asked).bytes), seal: try AES256GCM(key: sealing))
    }

    private func keep(_ response: ControlResponse, _ ticket: Ticket, at now: Timestamp) throws(RegistryError)
    {
        let request = IdempotentRequest(
            id: ticket.id, caller: ticket.caller, fingerprint: ticket.fingerprint, answeredAt: now)
        var changes: [RegistryChange] = []
        // One of the day before that nobody has removed yet.
        if let old = try registry.read(IdempotentRequest.self, ticket.id) {
            var request = request
            request.version = old.version
            changes.append(.replace(request))
        } else {
            changes.append(.insert(request))
        }
        let old = try registry.read(IdempotentAnswer.self, ticket.id)
        if response.body.count <= Limits.idempotentAnswerBytesMax {
            let plain = Array("\(response.value(of: "Location") ?? "")\n".utf8) + response.body
            let sealed = ticket.seal.seal(plain, associated: Array(ticket.id.utf8), random: random)
            var answer = IdempotentAnswer(
                id: ticket.id, status: response.status, type: response.type,
                sealed: Crypto.Base64.encode(sealed))
            answer.version = old?.version ?? 0
            changes.append(old == nil ? .insert(answer) : .replace(answer))
        } else if let old {
            changes.append(.delete(old))
        }
        try registry.transact(RegistryTransaction(changes))
    }

    private func response(_ answer: IdempotentAnswer, _ ticket: Ticket) throws -> ControlResponse {
        guard let sealed = Crypto.Base64.decode(answer.sealed) else {
            throw RegistryError.damaged(answer.key, reason: "`sealed` is no Base64")
        }
        let plain: [UInt8]
        do throws(CryptoError) {
            plain = try ticket.seal.open(sealed, associated: Array(ticket.id.utf8))
        } catch { throw IdempotencyBook.unreadable }
        let location = plain.prefix { $0 != 0x0A }
        let response = ControlResponse(
            status: answer.status, body: Array(plain.dropFirst(location.count + 1))
        )
        .adding("Content-Type", answer.type).adding("Cache-Control", "no-store")
        .adding("Idempotency-Replayed", "true")
        return location.isEmpty
            ? response : response.adding("Location", String(decoding: location, as: UTF8.self))
    }

    private static let reused = Problem(
        .keyReused, "this Idempotency-Key was sent with another request before; choose a new one",
        field: "Idempotency-Key")
    private static let unreadable = Problem(
        .keyReused,
        "this request was done before, and its answer, of an earlier version, can be read no more; look for what it has made, or choose "
            + "a new Idempotency-Key to do it again", field: "Idempotency-Key")
    private static let inUse = Problem(
        .keyInUse,
        "the request with this Idempotency-Key is being carried out; send it again in a second for its answer",
        field: "Idempotency-Key")
}
