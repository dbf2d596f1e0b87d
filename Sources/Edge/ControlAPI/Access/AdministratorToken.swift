import HTTPServer
import Registry
import Tokens

/// A token that opens the control API: that of somebody who administers a district, got by what they have of their own.
///
/// Not one that somebody with a key asked for: it is made for an application, which is to reach items and nothing else.
struct AdministratorToken {
    /// The role whose tokens do. Its policies open all of the district at the gateway.
    static let role = "district-admin"

    /// Who they are.
    let identity: Caller.Own.Identity

    /// Whose token it is.
    /// - Parameter claims: of a token that is good.
    /// - Throws: `.forbidden` where it opens the gateway alone.
    init(_ claims: TokenClaims) throws(Problem) {
        guard claims.role == Self.role, claims.school == nil else {
            throw Problem(
                .forbidden,
                "the token is for \(claims.school == nil ? "the district" : "a school") in the role `\(claims.role)`: it opens the "
                    + "gateway. The control API is for the district's own administrators (`\(Self.role)`, scope `district`) and for keys"
            )
        }
        if let holder = claims.clientID, holder.hasPrefix(MemberRecord.idPrefix) {
            identity = .member(holder)
        } else if PersonGrant(claims.grant) != nil {
            identity = .person(claims.subject)
        } else {
            throw Problem(
                .forbidden,
                "the token was not got by a person's own sign-in: it opens the gateway. Send a key, or sign in at `/oauth/token`"
            )
        }
    }

    /// Whether a text has the three parts of a token; a key has two.
    static func isToken(_ text: Substring) -> Bool { text.utf8.count { $0 == UInt8(ascii: ".") } == 2 }
}
