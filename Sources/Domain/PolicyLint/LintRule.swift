import Policies

/// A check with all that is known of it: what it comes from, a file that triggers it, the same file repaired.
struct LintRule: Sendable {
    /// What a fix changes beside the text.
    enum Fix: Sendable {
        /// There is none: only a person can tell what was meant.
        case none
        /// Nothing: every request is decided as before.
        case same
        /// An Allow allows less.
        case narrows
        /// A statement that did nothing, or another thing than it says, does what it says.
        case repairs
    }

    let check: LintCheck
    /// The checks of other tools that it does the work of: `AA:` IAM Access Analyzer, `P:` parliament; empty
    /// for Homeroom's own.
    let sources: [String]
    let faulty: LintExample
    let repaired: LintExample
    let fix: Fix

    init(
        _ id: String, _ severity: LintSeverity, _ title: String, why: String, sources: [String] = [],
        faulty: LintExample, repaired: LintExample, fix: Fix = .none
    ) {
        check = LintCheck(id: id, severity: severity, title: title, why: why)
        self.sources = sources
        self.faulty = faulty
        self.repaired = repaired
        self.fix = fix
    }
}

/// Files that show a check. `▸` stands before the place of the finding and is no part of the file.
struct LintExample: Sendable {
    static let mark: Character = "▸"

    /// By path below the folder of policies.
    let files: [String: String]
    /// The path of the file that the example is about.
    let path: String
    /// Whether it is looked over as a folder, with roles and cases.
    let isFolder: Bool

    /// The elements of one statement, of a document that has nothing else.
    static func statement(_ elements: String) -> LintExample {
        let lines = elements.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n")
        return document(
            "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Sid\": \"Example\",\n\(lines)\n    }\n  ]\n}"
        )
    }

    /// A policy document.
    static func document(_ text: String) -> LintExample {
        LintExample(
            files: ["policies/example.json": text + "\n"], path: "policies/example.json",
            isFolder: false)
    }

    /// A role beside a policy that reads one school's records.
    static func role(_ text: String) -> LintExample {
        LintExample(
            files: ["roles/teacher.json": text + "\n", "policies/read.json": plainPolicy],
            path: "roles/teacher.json", isFolder: true)
    }

    /// Files of which the first is what the example is about.
    static func folder(_ first: (String, String), _ others: (String, String)...) -> LintExample {
        var files = [first.0: first.1 + "\n"]
        for (path, text) in others { files[path] = text + "\n" }
        return LintExample(files: files, path: first.0, isFolder: true)
    }

    /// What it is about, without the mark.
    var text: String { (files[path] ?? "").filter { $0 != LintExample.mark } }

    static let plainPolicy = """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "ReadOwnSchool",
              "Effect": "Allow",
              "Action": "dynamodb:GetItem",
              "Resource": "arn:aws:dynamodb:*:*:table/student-table",
              "Condition": {
                "ForAllValues:StringLike": {
                  "dynamodb:LeadingKeys": "TENANT#${aws:PrincipalTag/school_id}#*"
                },
                "Null": {"dynamodb:LeadingKeys": "false"}
              }
            }
          ]
        }
        """
    static let plainRole = """
        {
          "name": "teacher",
          "policies": ["read.json"],
          "trust": {
            "conditions": {
              "StringEquals": {"homeroom:role": "teacher"},
              "Null": {"homeroom:tenant_id": "false", "homeroom:school_id": "false"}
            }
          }
        }
        """
    static let plainCases = """
        {
          "role": "teacher",
          "tags": {"school_id": "s00000000000def2"},
          "cases": [
            {
              "name": "no key of nobody's", "action": "dynamodb:GetItem", "table": "student-table",
              "context": {"dynamodb:LeadingKeys": ["other"]}, "expect": "Deny(implicit)"
            }
          ]
        }
        """
}
