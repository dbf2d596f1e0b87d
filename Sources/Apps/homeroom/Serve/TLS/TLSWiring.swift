import Base
import ControlAPI
import Crypto
import HTTPServer
import Synchronization
import Upkeep

/// The certificate of both servers, kept as the files have it: what is put there is shown to whoever connects from then on. What
/// cannot be used is kept out, and the one before stays.
final class TLSWiring: Sendable {
    private static let lookSeconds = 2
    private static let daySeconds: Int64 = 86_400
    /// From when on an end that comes near is spoken of.
    static let nearSeconds: Int64 = 14 * daySeconds

    private struct Seen {
        var state: CertificateFiles.State?
        /// When its end was last spoken of, in seconds since 1970.
        var warnedAt: Int64?
        var reloads = 0
        var refusals = 0
    }

    let identity: TLSIdentity
    private let files: CertificateFiles
    private let clock: any Clock
    private let log: Log
    private let seen: Mutex<Seen>
    private let onChange = Mutex<@Sendable (_ pins: String) throws -> Void>({ _ in })

    /// Reads the files; nil where the options name none.
    /// - Throws: `CommandFailure` where they cannot be used.
    init?(_ options: TLSOptions?, clock: any Clock, log: Log) throws(CommandFailure) {
        guard let options else { return nil }
        (files, self.clock, self.log) = (CertificateFiles(options: options), clock, log)
        // The state first: what changes while they are read is seen at the next look.
        let state = files.state()
        let certificate = try files.read()
        identity = TLSIdentity(certificate)
        seen = Mutex(Seen(state: state))
        if files.isKeyOpenToOthers {
            log.warning("others may read the TLS key; chmod 600 it", ["file": options.key])
        }
        tell("TLS with this certificate", certificate)
    }

    /// By what a command on this machine knows the server: see `ServerTrust.publicKey`.
    var pins: String { TLSWiring.pin(identity.certificate) }

    /// Calls `change` when the server is known by other keys, before the first client sees one and after.
    func onChange(_ change: @escaping @Sendable (_ pins: String) throws -> Void) {
        onChange.withLock { $0 = change }
    }

    /// What is done while nobody asks.
    var chore: Chore {
        Chore(name: "looking for another TLS certificate", everySeconds: Self.lookSeconds) { [self] _ in
            try look()
            warnOfEnd()
        }
    }

    /// Reads the files where they have changed since the last look, or in any case.
    func look(inAnyCase: Bool = false) throws {
        try seen.withLock { seen in
            let state = files.state()
            guard inAnyCase || state != seen.state else { return }
            let next: TLSCertificate
            do throws(CommandFailure) {
                next = try files.read()
                if let trouble = endTrouble(next) { throw .failed(trouble) }
            } catch {
                seen.state = state
                seen.refusals += 1
                log.error(
                    "the TLS certificate in the files is kept out; the one before stays",
                    ["error": error.message])
                return
            }
            let change = onChange.withLock { $0 }
            let pin = TLSWiring.pin(next)
            // Whoever reads the address meanwhile knows both.
            if pin != pins { try change("\(pins);\(pin)") }
            identity.certificate = next
            try change(pin)
            // Only now: what could not be told to the commands on this machine is tried again.
            seen.state = state
            seen.reloads += 1
            seen.warnedAt = nil
            tell("another TLS certificate is shown from now on", next)
        }
    }

    /// One that has ended takes no place of one that has not.
    private func endTrouble(_ next: TLSCertificate) -> String? {
        let now = clock.now().seconds
        guard next.endsAtSeconds <= now, identity.certificate.endsAtSeconds > now else { return nil }
        return "it ended at \(TLSWiring.text(next.endsAtSeconds))"
    }

    private func warnOfEnd() {
        let now = clock.now().seconds
        let left = identity.certificate.endsAtSeconds - now
        let isDue = seen.withLock { seen in
            guard left < Self.nearSeconds, now - (seen.warnedAt ?? .min / 2) >= Self.daySeconds else {
                return false
            }
            seen.warnedAt = now
            return true
        }
        guard isDue else { return }
        let end = TLSWiring.text(now + left)
        if left > 0 {
            log.warning("the TLS certificate ends soon", ["endsAt": end])
        } else {
            log.error("the TLS certificate has ended; clients refuse it", ["endsAt": end])
        }
    }

    private func tell(_ what: String, _ certificate: TLSCertificate) {
        log.info(
            what,
            [
                "file": files.options.certificate,
                "endsAt": TLSWiring.text(certificate.endsAtSeconds),
                "publicKeySHA256": Base64.encode(certificate.publicKeySHA256),
            ])
    }

    private static func text(_ seconds: Int64) -> String { Timestamp(milliseconds: seconds * 1000).iso8601 }

    private static func pin(_ certificate: TLSCertificate) -> String {
        Base64.encode(certificate.publicKeySHA256)
    }

    /// When it ends, and what became of other ones.
    func metrics() -> [MetricFamily] {
        let (reloads, refusals) = seen.withLock { ($0.reloads, $0.refusals) }
        let left = identity.certificate.endsAtSeconds - clock.now().seconds
        return [
            MetricFamily(
                "homeroom_tls_certificate_seconds", "Seconds until the TLS certificate ends.", .gauge,
                [.init(Double(left))]),
            MetricFamily(
                "homeroom_tls_reads_total", "TLS certificates that were found in the files since the start.",
                .counter,
                [
                    .init(Double(reloads), labels: [("result", "shown")]),
                    .init(Double(refusals), labels: [("result", "refused")]),
                ]),
        ]
    }
}
