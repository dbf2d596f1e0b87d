import Base
import Crypto

/// What a device keeps whose owner has signed in on it, and shows the next time: whoever else fails to sign in as them, from the
/// same address too, holds them back no more then.
///
/// Nothing of it is kept here: it is a code of the account, of its password's salt and of the device, so that it ends with the
/// password. It opens nothing by itself. Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
struct KnownDevices: Sendable {
    /// What the text begins with.
    static let prefix = "hrd_"
    private static let idBytes = 12
    private static let textBytes = prefix.utf8.count + (idBytes + SHA256Digest.byteCount) * 4 / 3 + 1

    private let key: HMACKey
    private let random: any RandomSource

    /// - Parameters:
    ///   - master: secret bytes, the same over restarts.
    ///   - purpose: whose devices these are.
    init(master: [UInt8], purpose: String, random: any RandomSource) {
        do throws(CryptoError) {
            key = HMACKey(
                try HKDF.derive(
                    secret: master, info: Array("homeroom known devices: \(purpose)".utf8),
                    count: SHA256Digest.byteCount))
        } catch { preconditionFailure("\(SHA256Digest.byteCount) bytes can be derived: \(error)") }
        self.random = random
    }

    /// A new device's.
    func make(for account: String, salt: String) -> String {
        let id = random.bytes(Self.idBytes)
        return Self.prefix + Base64URL.encode(id + key.authenticate(Self.message(account, salt, id)).bytes)
    }

    /// Which device it is; nil where it is none of the account's, or the account has had another password since.
    func id(_ text: String?, of account: String, salt: String?) -> String? {
        guard let text, let salt, text.utf8.count <= Self.textBytes, text.hasPrefix(Self.prefix),
            let bytes = Base64URL.decode(text.dropFirst(Self.prefix.count)),
            bytes.count == Self.idBytes + SHA256Digest.byteCount
        else { return nil }
        let id = Array(bytes.prefix(Self.idBytes))
        let message = Self.message(account, salt, id)
        return key.isValid(Array(bytes.dropFirst(Self.idBytes)), for: message) ? Hex.encode(id) : nil
    }

    /// Neither names nor salts have line ends, and an id is always as long.
    private static func message(_ account: String, _ salt: String, _ id: [UInt8]) -> [UInt8] {
        Array("\(account)\n\(salt)\n".utf8) + id
    }
}
