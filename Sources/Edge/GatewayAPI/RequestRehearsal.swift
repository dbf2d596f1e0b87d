import Base
import Gateway
import Policies
import Tenancy
import Tokens

/// Finds what the gateway would ask the policies about a request, by having it read the request as it reads every other one.
public struct RequestRehearsal: Sendable {
    /// Why nothing would be asked.
    public enum Fault: Error, Equatable, Sendable {
        /// There is no such operation.
        case unknownOperation(String)
        /// The gateway refuses the request before it asks: its error, in AWS's words.
        case refused(String)
        /// The operation needs nobody's leave.
        case nothingAsked(String)
        /// A session cannot have these tags.
        case tags(PrincipalAttributes.TagFault)
    }

    private let catalog: Catalog
    private let clock: any Clock

    /// Rehearsals over the tables of a catalog.
    public init(catalog: Catalog, clock: any Clock = SystemClock()) {
        self.catalog = catalog
        self.clock = clock
    }

    /// The questions about a request, in the order in which they would be asked: one for each item of a batch or a transaction,
    /// one for each read of a statement.
    /// - Parameters:
    ///   - operation: such as `GetItem`.
    ///   - body: the request's JSON.
    public func questions(
        operation name: String, body: [UInt8], role: String, tags: [(name: String, value: String)]
    ) throws(Fault) -> [DecisionRequest] {
        guard let operation = RequestRehearsal.operation(name) else { throw .unknownOperation(name) }
        let rehearsal = Rehearsal()
        let caller: GatewayCaller
        do throws(PrincipalAttributes.TagFault) {
            caller = try Gateway.rehearsingCaller(
                role: role, tags: tags, region: "us-east-1", in: rehearsal, at: clock.now())
        } catch { throw .tags(error) }
        let outcome = RehearsedOutcome()
        let api = GatewayAPI(rehearsing: .rehearsing(catalog, clock: clock), clock: clock)
        api.rehearse(operation, body, caller, outcome)
        guard rehearsal.questions.isEmpty else { return rehearsal.questions }
        guard let error = outcome.error else { throw .nothingAsked(name) }
        throw .refused("\(error.name): \(error.message ?? "")")
    }

    private static func operation(_ name: String) -> GatewayOperation? {
        let targets = ["DynamoDB_20120810.", "DynamoDBStreams_20120810."]
        return targets.lazy.compactMap { DynamoTarget.operation(Array(($0 + name).utf8)[...]) }.first
    }
}
