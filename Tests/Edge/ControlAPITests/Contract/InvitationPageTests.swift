import Accounts
import Base
import Crypto
import Registry
import TestKit
import Testing

@testable import ControlAPI

/// The page on which members set their first password, and the link that leads to it.
@Suite struct InvitationPageTests {
    private static let html = InvitationPage.html

    private func inner(_ tag: String) throws -> String {
        let start = try #require(Self.html.firstRange(of: "<\(tag)>")).upperBound
        let end = try #require(Self.html.firstRange(of: "</\(tag)>")).lowerBound
        return String(Self.html[start..<end])
    }

    @Test(arguments: ["script", "style"])
    func whatThePageHasIsWhatItsPolicyAllows(tag: String) throws {
        let digest = Base64.encode(SHA256.hash(try inner(tag)).bytes)
        #expect(InvitationPage.securityPolicy.contains("\(tag)-src 'sha256-\(digest)';"))
    }

    @Test func thePageIsKeptNowhereAndTellsNobodyWhereItIs() {
        let response = InvitationPage.response
        #expect(response.value(of: "Cache-Control") == "no-store")
        #expect(response.value(of: "Referrer-Policy") == "no-referrer")
        #expect(response.type == "text/html; charset=utf-8")
        let policy = response.value(of: "Content-Security-Policy") ?? ""
        for rule in [
            "default-src 'none'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
            "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        ] {
            #expect(policy.contains(rule), "the policy lacks \(rule)")
        }
    }

    @Test func thePageLoadsNothingAndMakesNoMarkupOfWhatItIsTold() {
        for word in ["<link", "<img", "@import", "url(", "http://", "https://", " style=", " src=", "HTML ="]
        {
            #expect(!Self.html.contains(word), "the page has \(word)")
        }
        #expect(Self.html.firstMatch(of: /<[^>]* on[a-z]+=/) == nil)
    }

    @Test func everyFieldHasALabelAndIsKnownToProgramsThatKeepPasswords() throws {
        for field in ["member", "password", "again"] {
            #expect(Self.html.contains("<label for=\"\(field)\">"))
        }
        #expect(Self.html.ranges(of: "autocomplete=\"new-password\"").count == 2)
        #expect(Self.html.contains("autocomplete=\"username\" readonly"))
        #expect(Self.html.contains("role=\"status\"") && Self.html.contains("role=\"alert\""))
        #expect(Self.html.contains("<noscript>"))
        #expect(Self.html.contains("\(Limits.passwordCharactersMin) characters or more"))
        #expect(try inner("script").contains("const least = \(Limits.passwordCharactersMin);"))
    }

    // MARK: The link

    @Test func aLinkHidesWhatOpensItBehindTheSign() throws {
        let tenant = TenantID(random: SeededRandom(seed: 1))
        let record = MemberRecord(
            id: MemberRecord.prefix(of: tenant) + "x", tenant: tenant,
            name: try #require(MemberName("ada+new@springfield.example")), displayName: "Ada", schools: [],
            role: "teacher", createdAt: Timestamp(milliseconds: 0),
            invitation: AccountRecord.Invitation(digest: "", expiresAt: Timestamp(milliseconds: 1)))
        let link = InvitationLink(base: "https://homeroom.example/own", record, code: "a-_9").text
        #expect(
            link == "https://homeroom.example/own/invitation"
                + "#code=a-_9&member=ada%2Bnew%40springfield.example&tenant=\(tenant)")
    }
}
