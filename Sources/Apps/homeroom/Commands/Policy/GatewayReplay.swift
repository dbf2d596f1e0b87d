import Base
import Crypto
import HTTPClient
import JSONText
import Policies
import Proofs
import SigV4
import Tenancy

/// Sends the requests of counterexamples to a running gateway, to see what its second wall does with them.
struct GatewayReplay {
    /// `--replay` and what goes with it.
    static let options: [CommandOption] =
        [
            CommandOption(
                name: "replay", value: "URL",
                help: "send each counterexample to this gateway, in a session of its role"),
            CommandOption(name: "allow-remote", help: "with --replay: the gateway may be on another machine"),
        ] + ControlClient.options.filter { $0.name != "json" }

    private static let region = "us-east-1"

    private let client: ControlClient
    private let catalog: Catalog
    private let gateway: String
    private let host: String
    private let http: HTTPClient
    private let tenants: [(tenant: JSONAnswer, school: String)]

    /// Finds a district to be, and another to reach.
    /// - Throws: `CommandFailure` where the address is not this machine's, nobody answers or there is no tenant.
    init(_ url: String, _ invocation: Invocation, catalog: Catalog) throws(CommandFailure) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw .usage("--replay: expected http://HOST:PORT, found `\(url)`")
        }
        let authority = url.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }
        let address = ServeOptions.Address(authority.contains(":") ? String(authority) : "\(authority):80")
        guard let address, address.isLoopback || invocation.isSet("allow-remote") else {
            throw .usage("--replay: `\(url)` is not on this machine; say --allow-remote if you mean it")
        }
        gateway = url.hasSuffix("/") ? String(url.dropLast()) : url
        host = String(authority)
        self.catalog = catalog
        client = try ControlClient(invocation)
        http = HTTPClient(trust: client.choice.trust)
        var found: [(tenant: JSONAnswer, school: String)] = []
        for tenant in try client.list("/v1/tenants", "tenants", max: Limits.replayTenantsMax)
        where tenant.text("state") == "active" && found.count < 2 {
            let whole = try client.get("/v1/tenants/\(tenant.text("id"))").json
            guard let school = whole["schools"]?.elements.first?.text("id") else { continue }
            found.append((whole, school))
        }
        guard !found.isEmpty else {
            throw .failed(
                "--replay: there is no active tenant with a school to be; `homeroom tenant onboard` makes one"
            )
        }
        tenants = found
    }

    /// Sends one, and says what came of it: lines for people.
    func lines(_ story: Counterexample) throws(CommandFailure) -> [String] {
        if let obstacle = ReplayPlan.obstacle(story.request) { return ["not sent: \(obstacle)"] }
        let plan = ReplayPlan(story, own: own, foreign: foreign(for: story.request.action))
        let texts = AWSCommandText(catalog: catalog)
        guard let (operation, body) = texts.wireRequest(of: plan.request) else {
            return ["not sent: no single request of DynamoDB's asks for it"]
        }
        var lines = ["as tenant \(own.tenant), school \(own.school)"]
        for pair in plan.replaced where pair.made != pair.real {
            lines.append("with \(pair.real) in the place of \(pair.made)")
        }
        lines.append(texts.text(of: plan.request, endpoint: gateway))
        let credentials = try session(story)
        let answer = try send(operation, body, credentials)
        return lines + [describe(answer, plan, story)]
    }

    // MARK: Who is who

    private var own: ReplayPlan.District {
        ReplayPlan.District(tenant: tenants[0].tenant.text("id"), school: tenants[0].school)
    }

    /// A district that is there is only ever read; what could be changed is one that is made up.
    private func foreign(for action: PolicyAction) -> ReplayPlan.District {
        guard action.accessLevel == .read, tenants.count > 1 else {
            let random = SystemRandom()
            return ReplayPlan.District(
                tenant: TenantID(random: random).text, school: SchoolID(random: random).text)
        }
        return ReplayPlan.District(tenant: tenants[1].tenant.text("id"), school: tenants[1].school)
    }

    // MARK: The session

    private func session(_ story: Counterexample) throws(CommandFailure) -> SigV4Credentials {
        let isOfSchool = story.tags.contains { $0.name.lowercased() == "school_id" }
        let student = story.tags.first { $0.name.lowercased() == "student_id" }?.value
        let issued = try client.post("/v1/tokens") { json in
            json.member("tenant", own.tenant)
            if isOfSchool { json.member("school", own.school) }
            if let student { json.member("student", student) }
            json.member("role", story.role)
        }.json
        let parameters = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"),
            ("RoleArn", issued.text("roleArn")), ("RoleSessionName", "replay"),
            ("WebIdentityToken", issued.text("token")),
        ]
        let form = parameters.map { "\($0.0)=\(ControlClient.encoded($0.1))" }.joined(separator: "&")
        let answer = try post(
            [HTTPClientHeader("Content-Type", "application/x-www-form-urlencoded")], Array(form.utf8))
        guard answer.status == 200, let id = GatewayReplay.element("AccessKeyId", answer.text),
            let secret = GatewayReplay.element("SecretAccessKey", answer.text),
            let token = GatewayReplay.element("SessionToken", answer.text)
        else {
            let why = GatewayReplay.element("Message", answer.text) ?? "status \(answer.status)"
            throw .failed("--replay: no session of role `\(story.role)` on \(gateway): \(why)")
        }
        return SigV4Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token)
    }

    private func send(_ operation: String, _ body: [UInt8], _ credentials: SigV4Credentials)
        throws(CommandFailure) -> HTTPClientResponse
    {
        var fields: [SigV4Signer.Field] = [
            ("Host", host), ("Content-Type", "application/x-amz-json-1.0"),
            ("X-Amz-Target", "DynamoDB_20120810.\(operation)"),
        ]
        let signer = SigV4Signer(credentials: credentials, region: GatewayReplay.region, service: .dynamodb)
        fields += signer.sign(
            method: "POST", target: "/", fields: fields, body: body, now: SystemClock().now())
        return try post(fields.dropFirst().map { HTTPClientHeader($0.name, $0.value) }, body)
    }

    private func post(_ headers: [HTTPClientHeader], _ body: [UInt8]) throws(CommandFailure)
        -> HTTPClientResponse
    {
        do throws(HTTPClientError) {
            return try http.send(
                HTTPClientRequest(method: "POST", url: gateway + "/", headers: headers, body: body))
        } catch { throw .failed("--replay: nothing answers at \(gateway): \(error)") }
    }

    // MARK: What came of it

    private func describe(_ answer: HTTPClientResponse, _ plan: ReplayPlan, _ story: Counterexample) -> String
    {
        let json: JSONAnswer?
        do { json = JSONAnswer(try JSONText(parsing: answer.body).root) } catch { json = nil }
        let message = json?["Message"]?.string ?? json?["message"]?.string ?? "status \(answer.status)"
        guard answer.status != 200 else {
            let foreign = ReplayedItems(json, story).foreignCount(to: ownIDs)
            switch (plan.key, foreign) {
            // A scan has no key to refuse: the wall leaves out what is not the tenant's.
            case (nil, 0):
                return "answered, with no item that is another tenant's: the second wall left those out"
            case (nil, _): return "ANSWERED with \(PolicyCommands.counted(foreign, "item")) of other tenants"
            case (_?, _): return "ANSWERED"
            }
        }
        guard json?.text("__type").hasSuffix("AccessDeniedException") == true else {
            return "not answered: \(message)"
        }
        let isWall = message.contains("does not belong to the tenant")
        return "refused by \(isWall ? "the second wall" : "the policies in force"): \(message)"
    }

    private var ownIDs: Set<String> {
        Set([own.tenant] + (tenants[0].tenant["schools"]?.elements ?? []).map { $0.text("id") })
    }

    private static func element(_ name: String, _ xml: String) -> String? {
        guard let start = xml.ranges(of: "<\(name)>").first, let end = xml.ranges(of: "</\(name)>").first
        else {
            return nil
        }
        return String(xml[start.upperBound..<end.lowerBound])
    }
}

/// The items of an answer, and whose they are.
private struct ReplayedItems {
    private let items: [JSONAnswer]
    private let story: Counterexample

    init(_ answer: JSONAnswer?, _ story: Counterexample) {
        items = (answer?["Items"]?.elements ?? []) + (answer?["Item"].map { [$0] } ?? [])
        self.story = story
    }

    /// How many of them have a key that belongs to somebody else.
    func foreignCount(to own: Set<String>) -> Int {
        guard let resource = story.resource else { return 0 }
        return items.count { item in
            let key = Array((item[resource.partitionKey]?["S"]?.string ?? "").utf8)
            return resource.owners.contains { form in
                form.ownerID(of: key).map { !own.contains(String(decoding: $0, as: UTF8.self)) } ?? false
            }
        }
    }
}

extension Limits {
    /// How many tenants are looked at to find two that can be replayed with.
    static let replayTenantsMax = 100
}
