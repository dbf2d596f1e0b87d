import Base
import Registry

/// The link by which a member of a district sets their first password.
///
/// What it opens stands behind the `#`: browsers send that to nobody, so no log of a server or a proxy has it, and no `Referer`. The
/// address before it is the one that the server was told, never what a request names as its host: whoever asks for an
/// invitation under another name gets no link that leads to them.
struct InvitationLink {
    /// The path of the page.
    static let path = "/invitation"

    /// The link.
    let text: String

    /// The link to an invitation.
    /// - Parameter base: the URL below which others reach the control API, without a slash at the end.
    init(base: String, _ record: MemberRecord, code: String) {
        // The tenant's id last: programs that find links in a text leave a `.` or a `-` at the end out.
        let parts = [("code", code), ("member", record.name.text), ("tenant", record.tenant.text)]
        text =
            base + Self.path + "#"
            + parts.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
    }
}
