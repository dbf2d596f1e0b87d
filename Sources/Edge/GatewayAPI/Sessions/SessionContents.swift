import Base
import Gateway
import Policies

/// What is sealed in a session token.
struct SessionContents: Equatable {
    let tenant: TenantID
    let school: String
    let role: String
    let name: String
    let tags: [String: String]
    let issuedAt: Timestamp
    let expiresAt: Timestamp

    /// The session; nil where a tag is of a form that none may have.
    var session: GatewaySession? {
        do throws(PrincipalAttributes.TagFault) {
            return try GatewaySession(
                tenant: tenant, school: school, role: role, name: name,
                tags: tags.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) },
                issuedAt: issuedAt,
                expiresAt: expiresAt)
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
        json.endObject()
        return json.bytes
    }
}

extension SessionContents {
    /// Reads what was sealed; nil where it is of another form (of another version of the server, say).
    init?(parsing bytes: [UInt8]) {
        var texts: [String: String] = [:]
        var times: [String: Int] = [:]
        var tags: [String: String] = [:]
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            try reader.beginObject()
            while let name = try reader.nextMemberName() {
                switch name {
                case "issued", "expires": times[name] = try reader.readInt()
                case "tags":
                    try reader.beginObject()
                    while let tag = try reader.nextMemberName() { tags[tag] = try reader.readString() }
                default: texts[name] = try reader.readString()
                }
            }
            try reader.expectEnd()
        } catch {
            return nil
        }
        guard let tenant = texts["tenant"].flatMap({ TenantID($0) }), let school = texts["school"],
            let role = texts["role"], let name = texts["name"], let issued = times["issued"],
            let expires = times["expires"]
        else { return nil }
        self.init(
            tenant: tenant, school: school, role: role, name: name, tags: tags,
            issuedAt: Timestamp(milliseconds: Int64(issued)),
            expiresAt: Timestamp(milliseconds: Int64(expires)))
    }
}
