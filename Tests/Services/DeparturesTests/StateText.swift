import FoundationEssentials
import Registry

/// States as records hold them.
enum StateText {
    static func decode(_ text: String) throws -> TenantState {
        try JSONDecoder().decode(TenantState.self, from: Data(text.utf8))
    }
}
