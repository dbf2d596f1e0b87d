import FoundationEssentials
import Registry

/// What a run was started with, where there is no context to ask.
enum RunInput {
    static func decoded<Input: Decodable>(_ run: RunRecord, as type: Input.Type) throws -> Input {
        try JSONDecoder().decode(type, from: Data(run.input.utf8))
    }
}
