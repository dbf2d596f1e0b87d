import Base
import Gateway
import Policies
import Tokens

/// What is sealed in a session token.
struct SessionContents: Equatable {
    /// The session policies that were handed in.
    struct Narrowing: Equatable {
        /// The inline policy as it was sent.
        var policy: String?
        /// The deployment's documents that were named, by their file names.
        var documents: [String] = []
    }

    let tenant: TenantID
    let school: String
    let role: String
    let name: String
    let tags: [String: String]
    let issuedAt: Timestamp
    let expiresAt: Timestamp
    /// Who vouched for it; nil in tokens of a server that did not keep it.
    var issuer: String?
    var narrowing: Narrowing?
    /// The token that opened it, with which it ends; nil in tokens of a server that did not keep it.
    var trace: TokenTrace?

    /// What is said where there is no session for a tag's form.
    static let wrongTag = "a session tag has characters that none may have"

    /// The session; nil where a tag is of a form that none may have, or a session policy cannot be read (any more): then it is
    /// no session, rather than a wider one.
    var session: GatewaySession? {
        var policies: SessionNarrowing?
        if let narrowing {
            guard let read = narrowing.policies else { return nil }
            policies = read
        }
        do throws(PrincipalAttributes.TagFault) {
            return try GatewaySession(
                tenant: tenant, school: school, role: role, name: name,
                tags: tags.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) },
                issuer: issuer, issuedAt: issuedAt, expiresAt: expiresAt, narrowing: policies)
        } catch {
            return nil
        }
    }

    /// As it is sealed.
    var json: [UInt8] {
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        for (key, value) in [("tenant", tenant.text), ("school", school), ("role", role), ("name", name)] {
            json.name(text: key)
            json.string(value)
        }
        json.name("issued")
        json.int(Int(issuedAt.milliseconds))
        json.name("expires")
        json.int(Int(expiresAt.milliseconds))
        json.name("tags")
        json.beginObject()
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            json.name(text: key)
            json.string(value)
        }
        json.endObject()
        if let issuer {
            json.name("issuer")
            json.string(issuer)
        }
        if let trace { Self.write(trace, to: &json) }
        // An object, which a server that knows nothing of session policies refuses to read.
        if let narrowing {
            json.name("narrowing")
            narrowing.write(to: &json)
        }
        json.endObject()
        return json.bytes
    }
}

extension SessionContents {
    private static func write(_ trace: TokenTrace, to json: inout JSONWriter) {
        let texts = [
            ("token", trace.tokenID), ("key", trace.keyID), ("client", trace.clientID),
            ("grant", trace.grant),
        ]
        for (name, text) in texts {
            guard let text else { continue }
            json.name(text: name)
            json.string(text)
        }
        json.name("tokenIssued")
        json.int(Int(trace.issuedAt.milliseconds))
    }

    private static func trace(_ texts: [String: String], _ times: [String: Int]) -> TokenTrace? {
        guard let issued = times["tokenIssued"] else { return nil }
        var trace = TokenTrace(issuedAt: Timestamp(milliseconds: Int64(issued)))
        trace.tokenID = texts["token"]
        trace.keyID = texts["key"]
        trace.clientID = texts["client"]
        trace.grant = texts["grant"]
        return trace
    }
}

extension SessionContents.Narrowing {
    /// The name under which the inline policy is spoken of.
    static let inlineName = "session policy"

    /// The policies as the gateway takes them; nil where the inline one cannot be read.
    var policies: SessionNarrowing? {
        var inline: PolicyDocument?
        if let policy {
            do throws(PolicyProblems) {
                inline = try PolicyDocument(parsing: Array(policy.utf8), file: Self.inlineName)
            } catch {
                return nil
            }
        }
        return SessionNarrowing(inline: inline, documentNames: documents)
    }

    /// How many bytes it takes up together with these tags.
    func packedBytes(with tags: [String: String]) -> Int {
        (policy?.utf8.count ?? 0) + documents.reduce(0) { $0 + $1.utf8.count }
            + tags.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    }

    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        if let policy {
            json.name("policy")
            json.string(policy)
        }
        json.name("documents")
        json.beginArray()
        for document in documents { json.string(document) }
        json.endArray()
        json.endObject()
    }

    /// - Throws: `JSONError` where it has another form: then the whole token is none.
    fileprivate init(from reader: inout JSONReader) throws(JSONError) {
        self.init()
        try reader.beginObject()
        while try reader.nextMember() {
            if reader.isMember("policy") {
                policy = try reader.readString()
            } else {
                try reader.beginArray()
                while try reader.nextElement() { documents.append(try reader.readString()) }
            }
        }
    }
}

extension SessionContents {
    /// Reads what was sealed; nil where it is of another form (of another version of the server, say).
    init?(parsing bytes: [UInt8]) {
        var texts: [String: String] = [:]
        var times: [String: Int] = [:]
        var tags: [String: String] = [:]
        var narrowing: Narrowing?
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            try reader.beginObject()
            while let name = try reader.nextMemberName() {
                switch name {
                case "issued", "expires", "tokenIssued": times[name] = try reader.readInt()
                case "tags":
                    try reader.beginObject()
                    while let tag = try reader.nextMemberName() { tags[tag] = try reader.readString() }
                case "narrowing": narrowing = try Narrowing(from: &reader)
                default: texts[name] = try reader.readString()
                }
            }
            try reader.expectEnd()
        } catch {
            return nil
        }
        // What a newer server knows of a session and this one does not may have narrowed it.
        guard texts.keys.allSatisfy(Self.textNames.contains) else { return nil }
        guard let tenant = texts["tenant"].flatMap({ TenantID($0) }), let school = texts["school"],
            let role = texts["role"], let name = texts["name"], let issued = times["issued"],
            let expires = times["expires"]
        else { return nil }
        self.init(
            tenant: tenant, school: school, role: role, name: name, tags: tags,
            issuedAt: Timestamp(milliseconds: Int64(issued)),
            expiresAt: Timestamp(milliseconds: Int64(expires)), issuer: texts["issuer"], narrowing: narrowing,
            trace: Self.trace(texts, times))
    }

    private static let textNames: Set<String> = [
        "tenant", "school", "role", "name", "issuer", "token", "key", "client", "grant",
    ]
}
