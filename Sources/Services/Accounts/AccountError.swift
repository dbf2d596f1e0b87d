import Registry

/// Why an account was not made, changed or opened.
public enum AccountError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no such account.
    case noSuchAccount(String)
    /// There is one already.
    case taken(AccountID)
    /// The account, the password or the code is wrong, or the account is disabled: one error for all, so that nobody learns which.
    case wrongCredentials
    /// The password was right; a code of the second factor is needed beside it.
    case codeNeeded
    /// The invitation is not known, was used or has ended.
    case badInvitation
    /// There were too many wrong ones: ask again after so many seconds.
    case heldBack(seconds: Int)
    /// The account has signed in very often: ask again after so many seconds.
    case tooOften(seconds: Int)
    /// The password cannot be one.
    case weakPassword(String)
    /// The name of the person is none.
    case badName(bytesMax: Int)
    /// It would be the end of the caller's own rights.
    case ownAccount(AccountID)
    /// It does not apply to the account as it is.
    case notApplicable(String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noSuchAccount(let text):
            "there is no account `\(text)`; `homeroom account list` shows those there are"
        case .taken(let id): "there is an account `\(id)` already; `homeroom account show \(id)` shows it"
        case .wrongCredentials: "the account, the password or the code is wrong; try again"
        case .codeNeeded:
            "the account has a second factor: send `code` too, its six digits or one of the recovery codes"
        case .badInvitation:
            "the code is not known, was used or has ended; whoever sent it makes a new one (`homeroom account reset`, or `homeroom "
                + "member reset` for a member of a district)"
        case .heldBack(let seconds):
            "there were too many wrong ones; wait \(seconds) s, then try again. An administrator can help with `homeroom account "
                + "reset`"
        case .tooOften(let seconds):
            "the account has signed in very often from there; wait \(seconds) s, and go on with the session that there is"
        case .weakPassword(let reason): reason
        case .badName(let bytesMax): "expected a name of 1 to \(bytesMax) bytes"
        case .ownAccount(let id):
            "`\(id)` is your own account; another administrator has to do that"
        case .notApplicable(let reason): reason
        }
    }
}
