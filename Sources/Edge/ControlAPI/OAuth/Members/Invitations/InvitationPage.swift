import Accounts
import Base
import Crypto

/// The page on which a member of a district sets their first password: the same for everybody, since what it is about stands in the
/// part of its address that is not sent. It loads nothing, and speaks to this server alone.
enum InvitationPage {
    /// The page's own style and script, requests to where it came from, and nothing else; text of others cannot become markup.
    static let securityPolicy =
        "default-src 'none'; script-src '\(digest(InvitationScript.text))'; style-src '\(digest(InvitationStyle.text))'; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'"

    /// The answer to whoever opens it.
    static let response = ControlResponse(body: Array(html.utf8))
        .adding("Content-Type", "text/html; charset=utf-8").adding("Cache-Control", "no-store")
        .adding("Content-Security-Policy", securityPolicy).adding("Referrer-Policy", "no-referrer")

    private static func digest(_ text: String) -> String {
        "sha256-\(Base64.encode(SHA256.hash(text).bytes))"
    }

    static let html = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <meta name="robots" content="noindex"><title>Your invitation</title>
        <style>\(InvitationStyle.text)</style></head>
        <body><main>
        <h1 id="title" tabindex="-1">Your invitation</h1>
        <noscript><p>This page needs JavaScript: your link carries a secret that your browser keeps to itself until you
        set your password. Allow JavaScript for this page and open the link again, or use another browser.</p></noscript>
        <p id="status" role="status"></p>
        <button id="retry" type="button" hidden>Try again</button>
        <dl id="about" hidden>
        <div><dt>For</dt><dd id="name"></dd></div>
        <div><dt>District</dt><dd id="district"></dd></div>
        <div><dt>School</dt><dd id="schools"></dd></div>
        <div><dt>Role</dt><dd id="role"></dd></div>
        <div><dt>Good until</dt><dd id="until"></dd></div>
        </dl>
        <form id="form" hidden novalidate>
        <label for="member">You will sign in as</label>
        <input id="member" type="text" autocomplete="username" readonly>
        <label for="password">Password</label>
        <p class="hint" id="rule">\(Limits.passwordCharactersMin) characters or more. Some words that do not belong together
        will do.</p>
        <input id="password" type="password" autocomplete="new-password" required aria-describedby="rule problem">
        <label for="again">The same password again</label>
        <input id="again" type="password" autocomplete="new-password" required aria-describedby="problem">
        <label class="choice"><input id="shown" type="checkbox">Show the password</label>
        <p class="problem" id="problem" role="alert"></p>
        <button>Set the password</button>
        </form>
        </main><script>\(InvitationScript.text)</script></body></html>

        """
}
