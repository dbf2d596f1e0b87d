import HTTPServer
import Registry

/// A line of the access table: one operation, and who may.
struct AccessLine: Sendable {
    /// Somebody who may.
    enum Grantee: String, Sendable, CaseIterable {
        /// Whoever asks, with a key or without.
        case anyone
        /// A program of a tenant with its own credentials, by OAuth: the operation sees for itself who it is.
        case client
        /// Whoever is on this machine.
        case local
        /// A tenant's key, for what is its own.
        case tenant
        /// A person who administers a tenant's district, by a token of their own, for what is the tenant's.
        case districtAdmin = "district-admin"
        case sales
        case `operator`
        case reviewer
        case admin

        init(_ role: PlatformRole) {
            self =
                switch role {
                case .sales: .sales
                case .operator: .operator
                case .reviewer: .reviewer
                case .admin: .admin
                }
        }
    }

    /// All roles of those who run the platform.
    static let staff: [Grantee] = [.sales, .operator, .reviewer, .admin]

    /// What the operation is called: a noun and a verb.
    let operation: String
    let method: HTTPMethod
    /// With `{}` for each parameter.
    let path: String
    let grantees: Set<Grantee>

    init(_ operation: String, _ method: HTTPMethod, _ path: String, _ grantees: [Grantee]) {
        self.operation = operation
        self.method = method
        self.path = path
        self.grantees = Set(grantees)
    }

    /// Who may, in the order of the cases.
    var orderedGrantees: [Grantee] { Grantee.allCases.filter(grantees.contains) }

    /// Whether callers may come with credentials of OAuth, which the operation looks at.
    var isForClients: Bool { grantees.contains(.client) }

    /// Whether somebody with that role may, or everybody may.
    func allows(_ grantee: Grantee) -> Bool { grantees.contains(grantee) || grantees.contains(.anyone) }

    /// Whether the caller may, whoever asks from where.
    func admits(_ caller: Caller) -> Bool {
        do throws(Problem) {
            try check(caller, isFromLoopback: false)
            return true
        } catch { return false }
    }

    /// Lets the caller through, or says why not.
    /// - Throws: `.unauthorized` where nobody has said who they are; `.forbidden` where that is not enough.
    func check(_ caller: Caller, isFromLoopback: Bool) throws(Problem) {
        if grantees.contains(.anyone) || (grantees.contains(.local) && isFromLoopback) { return }
        switch caller {
        case .anonymous:
            if isForClients { return }
            throw Problem(
                .unauthorized,
                "send `Authorization: Bearer KEY`; `homeroom serve` keeps the first administrator's key in `admin-key` in its "
                    + "data folder")
        case .tenant:
            guard caller.ownGrantee.map(grantees.contains) ?? false else {
                let found =
                    caller.ownGrantee == .tenant
                    ? "the key that was sent is a tenant's"
                    : "the token that was sent is a district administrator's"
                throw Problem(.forbidden, "`\(operation)` needs \(needed); \(found)")
            }
        case .staff(let staff):
            guard staff.roles.contains(where: { grantees.contains(Grantee($0)) }) else {
                let roles = PlatformRole.ordered(staff.roles).map { "`\($0.rawValue)`" }
                throw Problem(
                    .forbidden,
                    "`\(operation)` needs \(needed); yours: \(roles.joined(separator: ", ")). `homeroom access list` shows who may "
                        + "do what")
            }
        }
    }

    /// Who may, for people.
    var audience: String {
        if grantees.contains(.anyone) { return "everybody" }
        var parts: [String] = []
        if grantees.contains(.local) { parts.append("whoever is on the server's machine") }
        if isForClients { parts.append("clients with their own credentials") }
        let roles = AccessLine.staff.filter(grantees.contains).map { "`\($0.rawValue)`" }
        if !roles.isEmpty {
            parts.append((roles.count == 1 ? "the role " : "the roles ") + roles.joined(separator: ", "))
        }
        if grantees.contains(.tenant) { parts.append("a tenant's key for what is its own") }
        if grantees.contains(.districtAdmin) {
            parts.append("a district's administrators for what is its own")
        }
        return parts.joined(separator: "; ")
    }

    /// The roles that open it, as a sentence has them.
    private var needed: String {
        let roles = AccessLine.staff.filter(grantees.contains).map { "`\($0.rawValue)`" }
        guard !roles.isEmpty else { return "the tenant's key" }
        return roles.count == 1 ? "the role \(roles[0])" : "one of the roles \(roles.joined(separator: ", "))"
    }
}

extension AccessTable {
    private static let byRequest: [String: AccessLine] = Dictionary(
        uniqueKeysWithValues: lines.map { ("\($0.method.rawValue) \($0.path)", $0) })

    /// The line of an operation: a programmer's mistake where there is none.
    static func line(_ method: HTTPMethod, _ path: String) -> AccessLine {
        guard let line = byRequest["\(method.rawValue) \(path)"] else {
            preconditionFailure("\(method.rawValue) \(path) has no line in AccessTable: say who may")
        }
        return line
    }
}
