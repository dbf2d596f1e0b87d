import Base
import Crypto
import Policies
import PolicyLint
import Proofs
import Testing

@testable import Reviews

@Suite struct PolicyAuditTests {
    private static let quiet = """
        {"role": "sample", "cases": [{"name": "reads a record", "action": "dynamodb:GetItem", "table": "student-table",
          "context": {"dynamodb:LeadingKeys": ["k"]}, "expect": "Allow"}]}
        """

    private static func folder(cases: String? = quiet, description: String = "A sample.") -> PolicyFiles {
        AuditSamples.folder(statements: AuditSamples.reading, description: description, cases: cases)
    }

    @Test func sameValuesGiveTheSameBytes() throws {
        let files = try AuditSamples.shipped()
        #expect(try AuditSamples.audit(files).page() == AuditSamples.audit(files).page())
    }

    @Test func whatIsProvedIsSaidInOneSentence() throws {
        let audit = try AuditSamples.audit(PolicyAuditTests.folder())
        #expect(audit.isClean)
        #expect(
            audit.verdict
                == "No session of any role can reach another district's records, as far as the stated assumptions hold."
        )
        let page = AuditSamples.page(audit)
        #expect(page.contains("1 of 1"))
        #expect(page.contains("<li>tags hold no <code>#</code></li>"))
        #expect(page.contains("12 questions, 345 states of automata, 1.23 ms."))
    }

    /// A role that reaches everything is not called isolated only because no token opens it.
    @Test func aRoleThatNoTokenOpensIsNotCountedAsProved() throws {
        let audit = try AuditSamples.audit(try AuditSamples.shipped(), states: { $0 == "operator" ? 0 : 9 })
        #expect(audit.closed.map(\.definition.name) == ["operator"])
        #expect(audit.isClean)
        #expect(
            audit.verdict
                == "No session that a token opens can reach another district's records, as far as the stated assumptions hold."
        )
        let page = AuditSamples.page(audit)
        #expect(page.contains("6 of 6"))
        #expect(
            page.contains(
                "Role <code>operator</code> is opened by no token: whoever holds a static key for it"))
        #expect(page.contains("nothing is proved of its requests"))
    }

    @Test func aProofThatAskedSomethingIsOneEvenWhereTheTrustIsClosed() throws {
        let audit = try AuditSamples.audit(try AuditSamples.shipped(), states: { _ in 9 })
        #expect(audit.closed.isEmpty)
    }

    @Test func aCounterexampleIsTheWholeStory() throws {
        let files = PolicyAuditTests.folder()
        let audit = try AuditSamples.audit(files) { _ in
            .counterexample(try AuditSamples.counterexample(files))
        }
        #expect(!audit.isClean)
        #expect(audit.verdict == "A session of role `sample` can reach records that are not its own.")
        let page = AuditSamples.page(audit)
        for part in [
            "tag <code>school_id</code> = <code>s1</code>", "<code>TENANT#s2#STUDENT#1</code>",
            "school <code>s2</code>, which is not the session&#39;s",
            "aws dynamodb get-item --table-name student-table",
            "statement <code>Reads</code> in <a href=\"#f",
            "0 of 1",
        ] {
            #expect(page.contains(part), "\(part)")
        }
    }

    @Test func aReasonForNoProofIsTold() throws {
        let audit = try AuditSamples.audit(PolicyAuditTests.folder()) { _ in
            .unproven(reasons: ["the cap of `9` states was met"])
        }
        #expect(!audit.isClean)
        #expect(
            audit.verdict == "It is not proved that sessions of role `sample` stay with their own records.")
        #expect(AuditSamples.page(audit).contains("<li>the cap of <code>9</code> states was met</li>"))
    }

    @Test func aRoleThatNobodyProvedIsNotProved() throws {
        let files = PolicyAuditTests.folder()
        let review = PolicyReview(files: files, catalog: try AuditSamples.catalog(), clock: SystemClock())
        let audit = PolicyAudit(
            policies: try review.load(), files: files, catalog: try AuditSamples.catalog(), findings: [],
            results: try review.test(), proofs: ProofReport(entries: []), time: Timestamp(milliseconds: 0),
            source: .init(folder: "p", catalog: .server, catalogDigest: nil, productVersion: "1"))
        #expect(!audit.isClean)
        #expect(AuditSamples.page(audit).contains("not tried"))
    }

    @Test func aFailedCaseIsToldInFull() throws {
        let cases = """
            {"role": "sample", "cases": [{"name": "may not read", "action": "dynamodb:GetItem", "table": "student-table",
              "context": {"dynamodb:LeadingKeys": ["k"]}, "expect": "Deny(implicit)"}]}
            """
        let audit = try AuditSamples.audit(PolicyAuditTests.folder(cases: cases))
        #expect(!audit.isClean)
        let page = AuditSamples.page(audit)
        #expect(page.contains("</span> may not read</h3>"))
        #expect(page.contains("expected Deny(implicit), found Allow."))
        #expect(page.contains("Allow `Reads`: decided"))
    }

    @Test func aFolderWithoutCasesIsNotCalledTested() throws {
        let page = AuditSamples.page(try AuditSamples.audit(PolicyAuditTests.folder(cases: nil)))
        #expect(page.contains("There are no test cases."))
    }

    @Test(arguments: [
        (LintSeverity.error, false), (.securityWarning, false), (.warning, false), (.suggestion, true),
    ]) func everyFindingIsTold(severity: LintSeverity, isClean: Bool) throws {
        let audit = try AuditSamples.audit(
            PolicyAuditTests.folder(), findings: [AuditSamples.finding(severity)])
        #expect(audit.isClean == isClean)
        let page = AuditSamples.page(audit)
        #expect(page.contains("<strong>the statement says <code>x</code>.</strong>"))
        #expect(page.contains("<p>What to do: write <code>y</code>.</p>"))
        #expect(page.contains("<code>check-\(severity.rawValue)</code>"))
        #expect(page.contains(">policies/sample.json, line 1</a>"))
    }

    @Test func whatFilesHoldIsNeverMarkup() throws {
        let nasty = #"<script>alert(1)</script>\"'&<img src=x onerror=y>"#
        let files = AuditSamples.folder(
            statements:
                #"{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/<b>", "Condition": {"StringEquals": {"aws:PrincipalTag/<i>": "<u>"}}}"#,
            description: nasty,
            cases:
                #"{"role": "sample", "cases": [{"name": "<script>c</script>", "action": "dynamodb:ListTables", "expect": "Allow"}]}"#
        )
        let page = AuditSamples.page(
            try AuditSamples.audit(
                files,
                verdict: { _ in .unproven(reasons: ["<script>r</script>", "odd ` <script>"]) },
                findings: [AuditSamples.finding(.error, message: "<script>`<script>`", file: "<script>.json")]
            ))
        for markup in ["<script", "<img", "<b>", "<i>", "<u>", "javascript:", "onerror=\""] {
            #expect(!page.contains(markup), "\(markup)")
        }
        #expect(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;img src=x onerror=y&gt;"))
    }

    @Test func hiddenCharactersAreShown() throws {
        let files = AuditSamples.folder(
            statements: AuditSamples.reading, description: "a\u{202E}b\u{200B}c\u{A0}d\\u0007e")
        #expect(
            AuditSamples.page(try AuditSamples.audit(files)).contains("a⟨U+202E⟩b⟨U+200B⟩c⟨U+00A0⟩d⟨U+0007⟩e")
        )
    }

    @Test func thePageLoadsAndRunsNothing() throws {
        let page = AuditSamples.page(try AuditSamples.audit(try AuditSamples.shipped()))
        #expect(
            page.contains(
                #"<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-"#
            ))
        for word in ["http:", "src=", "<script", "<link", "@import", "url(", " style=", "<iframe", "<form"] {
            #expect(!page.contains(word), "\(word)")
        }
    }

    /// The policy names the hash of the very text between the tags, else no browser would apply it.
    @Test func theStyleSheetIsTheOneThatThePolicyNames() throws {
        let page = AuditSamples.page(try AuditSamples.audit(PolicyAuditTests.folder()))
        let start = try #require(page.firstRange(of: "<style>")).upperBound
        let end = try #require(page.firstRange(of: "</style>")).lowerBound
        let hash = Base64.encode(SHA256.hash(String(page[start..<end])).bytes)
        #expect(page.contains("&#39;sha256-\(hash)&#39;"))
    }

    @Test func hashesAreThoseOfTheFiles() throws {
        let audit = try AuditSamples.audit(try AuditSamples.shipped())
        let page = AuditSamples.page(audit)
        #expect(page.contains(audit.files.digest))
        for (path, bytes) in audit.files.files {
            #expect(page.contains(SHA256.hash(bytes).hex), "\(path)")
        }
    }

    @Test func trustIsToldInPlainWords() throws {
        let page = AuditSamples.page(try AuditSamples.audit(PolicyAuditTests.folder()))
        #expect(
            page.contains(
                "Whoever shows a valid token issued by <code>https://issuer.example</code> for <code>a</code> or <code>b</code>, "
                    + "if all of this holds:"))
        #expect(page.contains("<li>The token&#39;s role is <code>sample</code>.</li>"))
        #expect(page.contains("A session ends after 90 minutes at the latest."))
    }

    @Test func boundariesAreToldApart() throws {
        let files = AuditSamples.folder(statements: AuditSamples.reading, boundary: AuditSamples.reading)
        let page = AuditSamples.page(try AuditSamples.audit(files))
        #expect(page.contains("Whatever stands above, it may never do more than this:"))
    }

    @Test(arguments: [
        ("Policies", "Policies"), ("my policies", "'my policies'"), ("it's", #"'it'\''s'"#), ("-x", "'-x'"),
        ("", "''"), ("$(rm)", "'$(rm)'"),
    ]) func wordsOfCommandsAreQuoted(word: String, expected: String) {
        #expect(AuditPage.shellWord(word) == expected)
    }

    @Test func anchorsOfRolesDiffer() {
        let names = ["a", "a-b", "a_b", "a b", "a_32_b", "ä"]
        #expect(Set(names.map(AuditPage.anchor(role:))).count == names.count)
    }

    @Test(arguments: [
        ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\n\n", ["a", ""]), ("a\r\nb", ["a", "b"]),
        ("a\u{2028}b\u{C}c\n", ["a\u{2028}b\u{C}c"]),
    ]) func linesAreCountedAsInMessages(text: String, lines: [String]) {
        #expect(AuditPage.lines(Array(text.utf8)) == lines)
    }
}
