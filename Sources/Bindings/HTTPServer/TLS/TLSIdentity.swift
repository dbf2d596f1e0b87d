import Synchronization

/// The certificate that servers show: another one put here is shown to whoever connects from then on, and connections that are
/// open go on with the one they began with.
public final class TLSIdentity: Sendable {
    private let shown: Mutex<TLSCertificate>

    /// Begins with this one.
    public init(_ certificate: TLSCertificate) { shown = Mutex(certificate) }

    /// The one that is shown now.
    public var certificate: TLSCertificate {
        get { shown.withLock { $0 } }
        set { shown.withLock { $0 = newValue } }
    }
}
