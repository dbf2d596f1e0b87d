import Accounts
import Base
import Issuing
import Registry
import Tokens

/// Whom tokens are issued to by a grant of their own: a program of a tenant, or one of its members.
struct TokenHolder {
    /// Names the holder in tokens and in the audit.
    let id: String
    let tenant: TenantID
    /// The schools that it may act for, one by a token; none where it acts for the district itself.
    let schools: [SchoolID]
    /// The students whose records it may read, one by a token.
    let students: [StudentLink]
    let role: String
    let algorithm: SigningAlgorithm?
    /// What was granted before is refused; nil where nothing is.
    let refusedBefore: Timestamp?
    /// The service account whose program a member uses; nil where the program shows nothing of its own, and for programs themselves.
    var program: String?
    /// What their device keeps, to be known by it when they next sign in; nil where they have not just done so.
    var device: String?
    /// Who of those who run the platform may at that time be the one that signs in; nil where the tenant's own people alone can.
    private let known: @Sendable (Timestamp) -> String?
    /// How it showed who it is.
    private let signIn: String

    init(_ account: ServiceAccountRecord) {
        id = account.id
        tenant = account.tenant
        schools = account.schools
        students = []
        role = account.role
        algorithm = SigningAlgorithm(rawValue: account.algorithm)
        refusedBefore = account.refusedBefore
        known = { account.operatorBehind(at: $0) }
        signIn = "client"
    }

    init(_ member: MemberRecord) {
        id = member.id
        tenant = member.tenant
        schools = member.schools
        students = member.students
        role = member.role
        algorithm = .es256
        refusedBefore = member.refusedBefore
        known = { _ in member.knownTo }
        signIn = "password"
    }

    /// Whether a token may be renewed by a grant of theirs.
    func holds(_ family: RefreshFamilyRecord) -> Bool {
        family.client == id && family.program == program && !family.isRefused(before: refusedBefore)
            && (family.school.map(schools.contains) ?? schools.isEmpty)
            && (family.student.map(students(of: family.school).contains) ?? true)
    }

    /// The students of a school whose records it may read.
    func students(of school: SchoolID?) -> [StudentID] {
        students.filter { $0.school == school }.map(\.student)
    }

    /// Who of those who run the platform may be the one that signs in.
    func operatorBehind(at now: Timestamp) -> String? { known(now) }

    /// The holder of a request, as the audit names it.
    func actor(_ call: ControlCall) -> AuditActor {
        AuditActor(
            "\(signIn == "client" ? "client" : "member"):\(id)", origin: call.origin(signIn: signIn))
    }
}

extension OAuthDesk {
    /// The holder with this id; nil where there is none, or it gets no tokens.
    func holder(_ id: String) throws -> TokenHolder? {
        if id.hasPrefix(MemberRecord.idPrefix) { return try members?.active(id).map { TokenHolder($0) } }
        return try accounts.account(id).map { TokenHolder($0) }
    }

    /// The holder of a family of refresh tokens, with the program that they were granted by; nil where either gets no tokens.
    func holder(of family: RefreshFamilyRecord) throws -> TokenHolder? {
        guard var holder = try holder(family.client) else { return nil }
        if let program = family.program {
            guard let account = try accounts.account(program),
                !family.isRefused(before: account.refusedBefore)
            else { return nil }
            holder.program = program
        }
        return holder
    }
}
