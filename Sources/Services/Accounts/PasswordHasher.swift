import Base
import Crypto
import Registry

/// Makes of passwords what may be kept of them, and compares.
struct PasswordHasher: Sendable {
    private static let saltBytes = 16
    private static let digestBytes = 32

    /// What new passwords are kept with; one that was kept with another cost is kept anew when it is next known.
    let cost: Scrypt.Cost
    let random: any RandomSource

    /// What is kept of a password.
    func hash(_ password: String, at now: Timestamp) -> AccountRecord.Password {
        let salt = random.bytes(Self.saltBytes)
        return AccountRecord.Password(
            cost: cost, salt: Hex.encode(salt), digest: Hex.encode(Self.derive(password, salt, cost)),
            setAt: now)
    }

    /// Whether it is that password. With nil it takes as long as with one, and the answer is no.
    func isRight(_ password: String, for kept: AccountRecord.Password?) -> Bool {
        let salt = kept.flatMap { Hex.decode($0.salt) } ?? [UInt8](repeating: 0, count: Self.saltBytes)
        let expected = kept.flatMap { Hex.decode($0.digest) } ?? []
        let found = Self.derive(password, salt, kept?.cost ?? cost)
        return ConstantTime.equals(found, expected)
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ cost: Scrypt.Cost) -> [UInt8] {
        do throws(CryptoError) {
            return try Scrypt.derive(
                password: Array(password.utf8), salt: salt, cost: cost, count: digestBytes)
        } catch { preconditionFailure("32 bytes can be derived: \(error)") }
    }

    /// Refuses what is no password: too short, too long, the account's own name, one character over and over.
    static func check(_ password: String, of account: String) throws(AccountError) {
        guard password.count >= Limits.passwordCharactersMin else {
            throw .weakPassword(
                "expected a password of \(Limits.passwordCharactersMin) characters or more; some words that do not belong together "
                    + "will do")
        }
        guard password.utf8.count <= Limits.passwordBytesMax else {
            throw .weakPassword("expected a password of at most \(Limits.passwordBytesMax) bytes")
        }
        let name = account.prefix { $0 != "@" }
        guard Set(password).count > 4, !password.lowercased().contains(account),
            name.count < 5 || !password.lowercased().contains(name)
        else {
            throw .weakPassword("the password is easily guessed from the account; choose another")
        }
    }
}
