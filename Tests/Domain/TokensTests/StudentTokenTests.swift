import Base
import Crypto
import JSONText
import Testing

@testable import Tokens

/// Tokens for one student's record.
@Suite struct StudentTokenTests {
    private let issuer = Issuer()

    private func payload() throws -> String {
        let claims = try issuer.claims(student: StudentID("1001"), role: "student")
        return String(
            decoding: try CompactToken(parsing: issuer.ring.signer.sign(claims)).payload, as: UTF8.self)
    }

    private func read(_ payload: String) throws(TokenError) -> TokenClaims {
        try TokenClaims(try issuer.verifier().verify(issuer.token(payload: payload), now: issuer.now))
    }

    @Test func theStudentIsAClaimAndATagThatStays() throws {
        let claims = try issuer.claims(student: StudentID("1001"), role: "student")
        let verified = try issuer.verifier().verify(issuer.ring.signer.sign(claims), now: issuer.now)
        #expect(try TokenClaims(verified) == claims && claims.student?.text == "1001")
        #expect(verified.text("student_id") == "1001")
        let tags = try SessionTags(verified)
        #expect(
            tags.principalTags == [
                "tenant_id": issuer.tenant.text, "school_id": issuer.school.text, "student_id": "1001",
                "role": "student", "tier": "basic",
            ])
        #expect(tags.transitiveTagKeys == ["role", "school_id", "student_id", "tenant_id", "tier"])
    }

    @Test func noStudentIsTheDistrictsOwn() throws {
        let error = TokenError.claim(
            name: "student_id", expected: "a school whose student it is, not the district")
        let student = try #require(StudentID("1001"))
        #expect(throws: error) { try issuer.claims(scope: .district, student: student) }
        let (tenant, school) = (issuer.tenant.text, issuer.school.text)
        #expect(throws: error) { try read(try payload().replacing(school, with: tenant)) }
    }

    /// Refused, never escaped: a wildcard, a delimiter, a variable, a list.
    @Test(arguments: [
        #""""#, #""*""#, #""1001#2""#, #""1?""#, #""${*}""#, #""a b""#, "1001", #"["1001"]"#, "null", "true",
        "\"\(String(repeating: "1", count: 65))\"",
    ])
    func anIDOfAnotherFormIsRefused(value: String) throws {
        let said = #""student_id":"1001""#
        let changed = try payload().replacing(said, with: #""student_id":\#(value)"#)
            .replacing(#""student_id":["1001"]"#, with: #""student_id":[\#(value)]"#)
        let error = try #require(throws: TokenError.self) { try read(changed) }
        guard case .claim(let name, _) = error else { throw error }
        #expect(name == "student_id")
    }

    @Test func claimAndTagAgree() throws {
        let payload = try payload()
        _ = try read(payload)
        for changed in [
            payload.replacing(#""student_id":["1001"]"#, with: #""student_id":["1002"]"#),
            payload.replacing(#""student_id":"1001","#, with: ""),
            payload.replacing(#""student_id":["1001"],"#, with: "").replacing(#""student_id","#, with: ""),
            payload.replacing(#""student_id","#, with: ""),
        ] {
            #expect(changed != payload)
            #expect(throws: TokenError.claim(name: SessionTags.claim, expected: "the same as the claims")) {
                try read(changed)
            }
        }
    }
}
