import Base
import Crypto
import Synchronization

/// The secret half of a credential, with the signing keys that were last derived from it.
///
/// Keep one with each session: a key is derived once a day, region and service, which spares four HMACs a
/// request.
public final class SigningSecret: Sendable {
    private struct Prepared: Sendable {
        let scope: [UInt8]
        let key: HMACKey
    }

    private let secret: [UInt8]
    private let prepared = Mutex<[Prepared]>([])

    /// The secret access key.
    public init(_ secretAccessKey: String) { secret = Array("AWS4".utf8) + Array(secretAccessKey.utf8) }

    /// The key for a scope, of which `scope` holds `date/region/service`.
    func key(scope: UnsafeRawBufferPointer, date: Range<Int>, region: Range<Int>, service: Range<Int>)
        -> HMACKey
    {
        let found = prepared.withLock { prepared in
            prepared.first { entry in entry.scope.withUnsafeBytes { $0.equals(scope) } }?.key
        }
        if let found { return found }
        // Source: AWS IAM User Guide, "Create a signed AWS API request", step 4.
        let dateKey = HMACKey(secret).authenticate(scope.part(date))
        let regionKey = HMACKey(dateKey).authenticate(scope.part(region))
        let serviceKey = HMACKey(regionKey).authenticate(scope.part(service))
        let key = HMACKey(HMACKey(serviceKey).authenticate(Array("aws4_request".utf8)))
        prepared.withLock { prepared in
            if prepared.count >= Limits.preparedKeysPerSecretMax { prepared.removeFirst() }
            prepared.append(Prepared(scope: Array(scope), key: key))
        }
        return key
    }
}
