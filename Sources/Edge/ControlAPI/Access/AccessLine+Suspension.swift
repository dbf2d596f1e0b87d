import Registry

/// What a tenant's key still opens while its tenant is suspended. Those who run the platform go on as before.
extension AccessLine {
    /// What tells how the tenant stands, and opens, makes or changes nothing.
    private static let ofSuspended: Set<String> = [
        "access.list", "me.show", "tenant.list", "tenant.receipts", "tenant.show", "tenant.states",
    ]
    /// What changes the tenant's items.
    private static let writing: Set<String> = ["erasure.start"]

    /// Refuses the key of a tenant that is suspended as the gateway refuses its tokens: all but what tells how it stands, where it is
    /// closed; what changes its items, where it may only read.
    /// - Parameter state: the tenant's; nil where there is no such tenant.
    /// - Throws: `.forbidden`.
    func check(_ caller: Caller, of state: TenantState?) throws(Problem) {
        guard case .tenant = caller, !grantees.contains(.anyone), let suspension = state?.suspensionInForce
        else { return }
        switch suspension.mode {
        case .closed where !AccessLine.ofSuspended.contains(operation):
            throw Problem(
                .forbidden,
                "the tenant is suspended (\(suspension.reason)): its key opens nothing until it is resumed")
        case .readOnly where AccessLine.writing.contains(operation):
            throw Problem(.forbidden, "the tenant is suspended and may only read (\(suspension.reason))")
        case .closed, .readOnly: return
        }
    }
}

extension TenantState {
    /// The suspension that holds; one that began to leave while it was suspended still is.
    fileprivate var suspensionInForce: Suspension? {
        switch self {
        case .suspended(let suspension): suspension
        case .offboarding(let departure): departure.suspension
        case .onboarding, .active, .gone: nil
        }
    }
}
