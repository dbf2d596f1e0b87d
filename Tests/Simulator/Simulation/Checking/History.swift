import Base
import Synchronization

/// What is under a key, as clients see it: which request put it, and how often was counted since.
struct ItemState: Hashable, Sendable, CustomStringConvertible {
    var value: Int
    var count: Int

    var description: String { "\(value)/\(count)" }
}

/// What a request does to a key, or saw of it.
enum Effect: Hashable, Sendable {
    case put(value: Int)
    case count(value: Int)
    case delete
    /// Puts where the key holds what is expected.
    case replace(expected: ItemState?, value: Int)
    /// Did not, since the key held something else.
    case refuse(expected: ItemState?)
    case see(ItemState?)
    /// The item of this request ends; any other stays.
    case end(value: Int)

    /// What is under the key afterwards; nil in the result where it could not have happened then.
    func applied(to state: ItemState?) -> ItemState?? {
        switch self {
        case .put(let value): .some(ItemState(value: value, count: 0))
        case .count(let value): .some(ItemState(value: value, count: (state?.count ?? 0) + 1))
        case .delete: .some(nil)
        case .replace(let expected, let value):
            state?.value == expected?.value ? .some(ItemState(value: value, count: 0)) : nil
        case .refuse(let expected): state?.value == expected?.value ? nil : .some(state)
        case .see(let seen): state == seen ? .some(state) : nil
        case .end(let value): .some(state?.value == value ? nil : state)
        }
    }
}

/// All that clients asked and were answered, in the order in which it happened.
final class History: Sendable {
    /// Keys that are put once, for each move to carry.
    static let ballastKeys = Program.keysPerTenant..<Program.keysPerTenant + 3
    /// The key of an item of the second school, where there is one.
    static let secondSchoolKey = ballastKeys.upperBound
    /// The key of items that end by themselves.
    static let fleetingKey = secondSchoolKey + 1
    /// So many keys a district has.
    static let keyCount = fleetingKey + 1

    /// A request that was answered, or that may have been carried out.
    struct Entry: Hashable, Sendable {
        let tenant: Int
        let client: Int
        let effects: [Int: Effect]
        let begun: Int
        let ended: Int
        /// Whether it is known to have been carried out.
        let isCertain: Bool
    }

    private struct State {
        var moment = 0
        var newestValue = 0
        var owners: [Int: Int] = [:]
        var entries: [Entry] = []
    }

    private let state = Mutex(State())

    /// A moment later than all before.
    func tick() -> Int {
        state.withLock { state in
            state.moment += 1
            return state.moment
        }
    }

    /// A value that no other request of any district has.
    func newValue(of tenant: Int) -> Int {
        state.withLock { state in
            state.newestValue += 1
            state.owners[state.newestValue] = tenant
            return state.newestValue
        }
    }

    /// Whose request has the value.
    func owner(of value: Int) -> Int? { state.withLock { $0.owners[value] } }

    func note(_ entry: Entry) { state.withLock { $0.entries.append(entry) } }

    var count: Int { state.withLock { $0.entries.count } }

    func entries(of tenant: Int) -> [Entry] { state.withLock { $0.entries.filter { $0.tenant == tenant } } }
}
