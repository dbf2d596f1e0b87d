import Base
import Crypto
import Gateway
import Synchronization
import Tokens

/// The sessions of requests that bring a token by themselves: those that STS would open with it.
///
/// INVARIANT (nothing decided): what is kept of a token spares the next request its signature, nothing else. Whether the token
/// is still good, its tenant served and its role open to it is decided at each request, by `RoleAdmission`.
final class BearerSessions: Sendable {
    private static let shardCount = 16

    private struct Key: Hashable {
        let token: SHA256Digest
        /// The role that was asked for; nil where none was.
        let role: String?
    }

    private final class Known: Sendable {
        let token: BelievedToken
        let session: GatewaySession

        init(_ token: BelievedToken, _ session: GatewaySession) {
            self.token = token
            self.session = session
        }
    }

    private final class Shard: Sendable {
        let sessions = Mutex<[Key: Known]>([:])
    }

    private let admission: RoleAdmission
    private let perShardMax: Int
    private let shards = (0..<BearerSessions.shardCount).map { _ in Shard() }

    /// Sessions that `admission` decides about, of which so many are kept.
    init(_ admission: RoleAdmission, sessionsMax: Int = Limits.bearerSessionsMax) {
        self.admission = admission
        perShardMax = sessionsMax / Self.shardCount
    }

    /// The session of a request from this address; the same object for the same token in the same role, as long as it is kept.
    /// - Throws: the protocol's error where the token is none of ours, is over or refused, or does not open the role now.
    func session(
        _ credential: BearerCredential, remoteAddress: String, requestID: RequestID, now: Timestamp
    ) throws(WireError) -> GatewaySession {
        let key = Key(token: SHA256.hash(credential.token), role: credential.role)
        let shard = shards[abs(key.hashValue % Self.shardCount)]
        let known = shard.sessions.withLock { $0[key] }
        let token = try believed(credential, known, now)
        let question = RoleQuestion(
            role: credential.role ?? token.claims.role, sessionName: "bearer-\(token.claims.tokenID)",
            remoteAddress: remoteAddress, requestID: requestID.dynamoText)
        do throws(AdmissionError) {
            _ = try admission.admit(token, to: question, now: now)
        } catch { throw WireError(error, role: question.role) }
        if let known { return known.session }
        return try open(token, question, key, shard, now)
    }

    private func believed(
        _ credential: BearerCredential, _ known: Known?, _ now: Timestamp
    ) throws(WireError) -> BelievedToken {
        do throws(AdmissionError) {
            let token: BelievedToken
            if let known {
                try admission.recheck(known.token, now: now)
                token = known.token
            } else {
                token = try admission.read(String(decoding: credential.token, as: UTF8.self), now: now)
            }
            // STS lets clocks differ, and then opens a session with an end of its own; this one ends with its token.
            guard now < token.claims.expires else { throw .expired }
            return token
        } catch { throw WireError(error, role: credential.role ?? "") }
    }

    /// A session that is not known yet: it begins with the token, as if it had been opened when that was issued.
    private func open(
        _ token: BelievedToken, _ question: RoleQuestion, _ key: Key, _ shard: Shard, _ now: Timestamp
    ) throws(WireError) -> GatewaySession {
        let contents = admission.contents(
            token, question, from: token.claims.issuedAt, until: token.claims.expires)
        guard AssumeRoleParameters.isSessionName(contents.name) else {
            throw .invalidBearer("its id has characters that no session's name may have")
        }
        guard let session = contents.session else { throw .invalidBearer(SessionContents.wrongTag) }
        let made = Known(token, session)
        let kept = shard.sessions.withLock { sessions in
            // Another request with the same token may have come first.
            if let first = sessions[key] { return first }
            if sessions.count >= perShardMax, let any = sessions.keys.first {
                sessions[any] = nil
            }
            sessions[key] = made
            return made
        }
        if kept === made {
            admission.note(contents, id: contents.name, of: token, question, at: now)
        }
        return kept.session
    }
}

extension Limits {
    /// Tokens of requests that are kept verified; one that gives way is verified again.
    static let bearerSessionsMax = 8192
}
