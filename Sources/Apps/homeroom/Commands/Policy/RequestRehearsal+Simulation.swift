import GatewayAPI
import Policies
import Reviews

extension RequestRehearsal {
    /// The questions about a recorded request, or why there are none.
    func questions(
        about request: RecordedRequest, role: String, tags: [(name: String, value: String)]
    ) throws(SimulationFault) -> [DecisionRequest] {
        do throws(Fault) {
            return try questions(operation: request.operation, body: request.body, role: role, tags: tags)
        } catch {
            switch error {
            case .unknownOperation(let name): throw .part("request", "there is no operation `\(name)`")
            case .refused(let message): throw .refused(message)
            case .nothingAsked(let name):
                throw .part("request", "`\(name)` asks the policies nothing: everybody may")
            case .tags: throw .part("tag", "a session cannot have these tags")
            }
        }
    }
}
