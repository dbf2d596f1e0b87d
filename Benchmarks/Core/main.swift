import Base
import Crypto
import FoundationEssentials
import Policies
import SigV4
import Tokens

// What the gateway's parts do by themselves on one core: prints one JSON object, operations a second.
// Usage: core-bench POLICIES-FOLDER

/// Operations a second: the median of seven rounds of at least a fifth of a second.
func rate(_ operation: () throws -> Void) rethrows -> Double {
    let clock = SystemClock()
    var rounds: [Double] = []
    for _ in 0..<7 {
        let begun = clock.monotonicNanoseconds()
        var count = 0
        while clock.monotonicNanoseconds() - begun < 200_000_000 {
            for _ in 0..<100 { try operation() }
            count += 100
        }
        rounds.append(Double(count) * 1e9 / Double(clock.monotonicNanoseconds() - begun))
    }
    return rounds.sorted()[rounds.count / 2]
}

/// The shipped policy files under their names.
func policyFiles(in folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for part in ["roles", "policies"] {
        for name in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)") {
            let data = FileManager.default.contents(atPath: "\(folder)/\(part)/\(name)") ?? Data()
            files["\(part)/\(name)"] = [UInt8](data)
        }
    }
    return files
}

func decisions(_ folder: String) throws -> Double {
    let catalog = try PolicyCatalog.load(files: policyFiles(in: folder))
    guard let role = catalog.roles["teacher"] else { fatalError("no role teacher in \(folder)") }
    let random = SeededRandom(seed: 1)
    let school = SchoolID(random: random).text
    let principal = try PrincipalAttributes(
        tags: [
            (name: "tenant_id", value: TenantID(random: random).text), (name: "school_id", value: school),
            (name: "role", value: "teacher"), (name: "tier", value: "basic"),
        ], arn: "arn:aws:sts::000000000000:assumed-role/teacher/bench")
    let resource = PolicyResource(table: "student-table", region: "us-east-1", account: "000000000000")
    let now = SystemClock().now()
    var request = DecisionRequest(.getItem, on: resource, by: principal, at: now)
    let key = Array("TENANT#\(school)#STUDENT#1".utf8)
    var allowed = 0
    let perSecond = rate {
        request.begin(.getItem, on: resource, at: now)
        request.context.append(key, to: .leadingKeys)
        request.context.append("recordKey", to: .attributes)
        request.context.append("entityKey", to: .attributes)
        if role.policies.decide(request).isAllowed { allowed += 1 }
    }
    guard allowed > 0 else { fatalError("the decision that is measured is a denial") }
    return perSecond
}

func signatures() throws -> Double {
    let random = OpenSSLRandom()
    let now = SystemClock().now()
    let ring = SigningKeyRing(.generate(now: now))
    let claims = try TokenClaims(
        issuer: "http://127.0.0.1:8080", subject: "teacher/1", audience: "homeroom",
        tenantID: TenantID(random: random), scope: .school(SchoolID(random: random)), tier: "basic",
        role: "teacher", now: now, random: random)
    let signer = ring.signer
    return try rate { _ = try signer.sign(claims) }
}

func verifications() throws -> Double {
    let now = SystemClock().now()
    let key = "{\"recordKey\":{\"S\":\"TENANT#s#STUDENT#1\"},\"entityKey\":{\"S\":\"PROFILE\"}}"
    let body = Array("{\"TableName\":\"student-table\",\"Key\":\(key)}".utf8)
    let fields = [
        SigV4Signer.Field(name: "host", value: "127.0.0.1:8000"),
        SigV4Signer.Field(name: "content-type", value: "application/x-amz-json-1.0"),
        SigV4Signer.Field(name: "x-amz-target", value: "DynamoDB_20120810.GetItem"),
    ]
    let signer = SigV4Signer(
        credentials: SigV4Credentials(accessKeyID: "ASIAEXAMPLEEXAMPLE77", secretAccessKey: "secret"),
        region: "us-east-1", service: .dynamodb)
    let signed = fields + signer.sign(method: "POST", target: "/", fields: fields, body: body, now: now)
    let verifier = SigV4Verifier()
    let secret = SigningSecret("secret")
    var request = SignedRequest()
    return try rate {
        request.reset(method: "POST", target: "/")
        for field in signed { request.append(name: field.name, value: field.value) }
        let authorization = try SigV4Authorization(parsing: &request)
        request.bodyDigest = verifier.hasher.hash(body)
        try verifier.verify(request, authorization, secret: secret, service: .dynamodb, now: now)
    }
}

let folder = CommandLine.arguments.dropFirst().first ?? "Policies"
print(
    "{\"decisions\": \(try decisions(folder)), \"signatures\": \(try signatures()),"
        + " \"verifications\": \(try verifications())}")
