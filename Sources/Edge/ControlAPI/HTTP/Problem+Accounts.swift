import Accounts

extension Problem {
    /// The problem that an error about members of districts comes to.
    init(member error: MemberError) {
        switch error {
        case .noSuchMember: self = Problem(.notFound, error.description, field: "member")
        case .taken: self = Problem(.nameTaken, error.description, field: "member")
        case .badName: self = .invalid(error.description, field: "member")
        case .badStudents: self = .invalid(error.description, field: "students")
        }
    }

    /// The problem that an error about accounts comes to.
    init(account error: AccountError) {
        switch error {
        case .noSuchAccount: self = Problem(.notFound, error.description, field: "account")
        case .taken: self = Problem(.nameTaken, error.description, field: "account")
        case .wrongCredentials: self = Problem(.unauthorized, error.description)
        case .codeNeeded: self = Problem(.unauthorized, error.description, field: "code")
        case .badInvitation: self = Problem(.unauthorized, error.description, field: "code")
        case .heldBack(let seconds):
            self = Problem(
                .tooManyAttempts, error.description, members: ["retryAfterSeconds": String(seconds)])
        case .tooOften(let seconds):
            self = Problem(
                .tooManyRequests, error.description, members: ["retryAfterSeconds": String(seconds)])
        case .weakPassword: self = .invalid(error.description, field: "password")
        case .badName: self = .invalid(error.description, field: "name")
        case .ownAccount, .notApplicable: self = Problem(.notApplicable, error.description)
        }
    }
}
