import CMicroHTTPD
import Synchronization

extension HTTPExchange {
    /// Shows the client that has just connected this certificate; until it has done its part of the handshake it has a deadline
    /// of its own.
    ///
    /// INVARIANT (living certificate): the exchange keeps the certificate, and the library lets go of the exchange only when it is
    /// done with the connection's session. So a certificate is freed after the last connection that it was shown to.
    func beginHandshake(_ shown: TLSCertificate) {
        guard let session = homeroom_http_connection_tls(connection) else { return }
        certificate = shown
        enter(.handshaking)
        // Where it fails the session has no certificate, and the handshake comes to nothing.
        _ = homeroom_http_show_certificate(
            session, shown.credentials, Unmanaged.passUnretained(self).toOpaque(),
            { session, _, _, isIncoming, _ in
                if isIncoming != 0 { HTTPExchange.from(gnutls_session_get_ptr(session)).endHandshake() }
                return 0
            })
    }

    /// The client has done its part. The session asks on the connection's own thread.
    private func endHandshake() {
        if progress.load(ordering: .relaxed) == .handshaking { enter(.waiting) }
    }
}
