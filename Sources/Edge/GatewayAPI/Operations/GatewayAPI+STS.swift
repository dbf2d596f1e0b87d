import Base
import Gateway
import HTTPServer
import Policies
import Tokens

/// STS's query protocol: AssumeRoleWithWebIdentity and GetCallerIdentity.
/// Source: AWS STS API reference; answers are XML of the namespace below.
extension GatewayAPI {
    private static let namespace = " xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\""
    private static let version = "2011-06-15"

    func handleSTS(
        _ exchange: HTTPExchange, _ scratch: ConnectionScratch, _ requestID: RequestID, started: UInt64
    ) {
        var operation = GatewayOperation.unknown
        var caller: GatewaySession?
        do throws(STSError) {
            let parameters = try Self.parameters(exchange)
            guard let action = parameters["Action"] else {
                throw STSError("MissingAction", "The request must contain the parameter Action")
            }
            if let version = parameters["Version"], version != Self.version {
                throw Self.invalidAction(action, version)
            }
            switch action {
            case "AssumeRoleWithWebIdentity":
                operation = .assumeRoleWithWebIdentity
                let answer = try assumeRole(parameters, exchange, requestID)
                sendXML(exchange, requestID, status: 200) { xml in
                    Self.write(answer, requestID, to: &xml)
                }
            case "GetCallerIdentity":
                operation = .getCallerIdentity
                let session = try signed(exchange, scratch, requestID)
                caller = session
                sendXML(exchange, requestID, status: 200) { xml in
                    Self.write(identityOf: session, requestID, to: &xml)
                }
            default: throw Self.invalidAction(action, parameters["Version"] ?? Self.version)
            }
            count(operation, .ok, started)
        } catch {
            count(operation, error.outcome, started)
            fail(error, operation, caller, exchange, requestID)
        }
    }

    private static func parameters(_ exchange: HTTPExchange) throws(STSError) -> FormParameters {
        let found =
            if exchange.method == .get {
                FormParameters(parsing: exchange.target.dropFirst("/?".utf8.count))
            } else {
                FormParameters(parsing: exchange.body)
            }
        guard let found else {
            throw STSError("MalformedQueryString", "The query string contains a syntax error")
        }
        return found
    }

    private static func invalidAction(_ action: String, _ version: String) -> STSError {
        STSError("InvalidAction", "Could not find operation \(action) for version \(version)")
    }

    private func signed(
        _ exchange: HTTPExchange, _ scratch: ConnectionScratch, _ requestID: RequestID
    ) throws(STSError) -> GatewaySession {
        do throws(WireError) { return try authenticateSTS(exchange, scratch, requestID).session } catch {
            throw STSError(error)
        }
    }

    // MARK: AssumeRoleWithWebIdentity

    private struct AssumedRole {
        let credentials: TemporaryCredentials
        let contents: SessionContents
        let packedPercent: Int?
        let subject: String
        let audience: String
        let provider: String
    }

    private func assumeRole(
        _ parameters: FormParameters, _ exchange: HTTPExchange, _ requestID: RequestID
    ) throws(STSError) -> AssumedRole {
        let asked = try AssumeRoleParameters(parameters)
        let now = clock.now()
        let question = RoleQuestion(
            role: asked.role, sessionName: asked.sessionName, remoteAddress: exchange.remoteAddress,
            requestID: requestID.uuidText)
        let token: BelievedToken
        let role: PolicyCatalog.Role
        do throws(AdmissionError) {
            token = try admission.read(asked.token, now: now)
            role = try admission.admit(token, to: question, now: now)
        } catch { throw STSError(error) }
        let seconds = asked.durationSeconds ?? min(3600, role.definition.maxSessionSeconds)
        guard seconds <= role.definition.maxSessionSeconds else {
            throw .validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        var contents = admission.contents(
            token, question, from: now, until: now.advanced(bySeconds: Int64(seconds)))
        let percent = try narrow(&contents, by: asked.policies, role)
        guard contents.session != nil else { throw STSError(.invalid(SessionContents.wrongTag)) }
        let credentials = vault.issue(contents)
        admission.note(contents, id: credentials.accessKeyID, of: token, question, at: now)
        return AssumedRole(
            credentials: credentials, contents: contents, packedPercent: percent,
            subject: token.claims.subject, audience: token.claims.audience, provider: token.claims.issuer)
    }

    // MARK: Answers

    private static func write(_ answer: AssumedRole, _ requestID: RequestID, to xml: inout XMLWriter) {
        let contents = answer.contents
        xml.element("AssumeRoleWithWebIdentityResponse", namespace) { xml in
            xml.element("AssumeRoleWithWebIdentityResult") { xml in
                xml.element("Audience", text: answer.audience)
                xml.element("AssumedRoleUser") { xml in
                    xml.element(
                        "AssumedRoleId", text: "\(GatewaySession.roleID(contents.role)):\(contents.name)")
                    xml.element("Arn", text: GatewaySession.arn(role: contents.role, session: contents.name))
                }
                if let percent = answer.packedPercent {
                    xml.element("PackedPolicySize", text: String(percent))
                }
                xml.element("Provider", text: answer.provider)
                xml.element("Credentials") { xml in
                    xml.element("AccessKeyId", text: answer.credentials.accessKeyID)
                    xml.element("SecretAccessKey", text: answer.credentials.secretAccessKey)
                    xml.element("SessionToken", text: answer.credentials.sessionToken)
                    xml.element("Expiration", text: contents.expiresAt.iso8601Seconds)
                }
                xml.element("SubjectFromWebIdentityToken", text: answer.subject)
            }
            xml.element("ResponseMetadata") { $0.element("RequestId", text: requestID.uuidText) }
        }
    }

    private static func write(
        identityOf session: GatewaySession, _ requestID: RequestID, to xml: inout XMLWriter
    ) {
        xml.element("GetCallerIdentityResponse", namespace) { xml in
            xml.element("GetCallerIdentityResult") { xml in
                xml.element("Arn", text: session.arn)
                xml.element("UserId", text: session.userID)
                xml.element("Account", text: GatewaySession.account)
            }
            xml.element("ResponseMetadata") { $0.element("RequestId", text: requestID.uuidText) }
        }
    }

    private func fail(
        _ error: STSError, _ operation: GatewayOperation, _ caller: GatewaySession?, _ exchange: HTTPExchange,
        _ requestID: RequestID
    ) {
        // Refusals by trust are said by who keeps decisions, no more often than the log can bear.
        if error.outcome != .invalid, error.outcome != .denied || context.decisions == nil {
            context.log.write(
                GatewayLogEntry(
                    time: clock.now(), requestID: requestID.uuidText, operation: operation,
                    outcome: error.outcome, status: error.status, error: error.code, tenant: caller?.tenant,
                    caller: caller?.arn, detail: error.detail))
        }
        sendXML(exchange, requestID, status: error.status) { xml in
            xml.element("ErrorResponse", Self.namespace) { xml in
                xml.element("Error") { xml in
                    xml.element("Type", text: error.status < 500 ? "Sender" : "Receiver")
                    xml.element("Code", text: error.code)
                    xml.element("Message", text: error.message)
                }
                xml.element("RequestId", text: requestID.uuidText)
            }
        }
    }

    private func sendXML(
        _ exchange: HTTPExchange, _ requestID: RequestID, status: Int, _ content: (inout XMLWriter) -> Void
    ) {
        var xml = XMLWriter()
        content(&xml)
        exchange.respond(status: status, body: xml.bytes) { headers in
            headers.add("x-amzn-RequestId", requestID.uuidText)
            headers.add("Content-Type", "text/xml")
        }
    }

    private func count(_ operation: GatewayOperation, _ outcome: GatewayOutcome, _ started: UInt64) {
        if outcome == .unauthenticated { context.decisions?.countDenial(of: nil, for: .unauthenticated) }
        context.metrics.finish(
            operation, outcome, nanoseconds: clock.monotonicNanoseconds() &- started)
    }
}
