import Base
import Policies
import Proofs
import Reviews

/// A counterexample with the ids of a running deployment in the place of those that the proof made up.
struct ReplayPlan {
    /// A district of the deployment.
    struct District {
        let tenant: String
        let school: String
    }

    /// Whose session sends it.
    let own: District
    /// The request.
    let request: DecisionRequest
    /// The partition key that it reaches, or nil.
    let key: String?
    /// What was put in the place of what, for people.
    let replaced: [(made: String, real: String)]

    /// Why a request is not sent; nil where it is.
    static func obstacle(_ request: DecisionRequest) -> String? {
        let action = request.action
        guard action.name.hasPrefix("dynamodb:") else { return "\(action.name) is none of DynamoDB's" }
        guard action.isKeyed || action.accessLevel == .read || action.accessLevel == .list else {
            return "\(action.name) would change a whole table; send it by hand if you must"
        }
        return nil
    }

    /// - Parameters:
    ///   - own: whose session sends it.
    ///   - foreign: whom it is to reach: another district, or a made-up one.
    init(_ story: Counterexample, own: District, foreign: District) {
        var replaced: [(made: String, real: String)] = []
        let tags = Dictionary(story.tags.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        // Another's id first: it may begin with the session's own, and is then made of the real one the same way.
        if let owner = story.foreignOwner {
            let ownID = tags[owner.tag]
            let ownReal = owner.tag == "tenant_id" ? own.tenant : own.school
            let foreignReal = owner.tag == "tenant_id" ? foreign.tenant : foreign.school
            if let ownID, !ownID.isEmpty, owner.id != ownID, owner.id.contains(ownID) {
                replaced.append((owner.id, ReplayPlan.replacing(ownID, by: ownReal, in: owner.id)))
            } else if !owner.id.isEmpty {
                replaced.append((owner.id, foreignReal))
            }
        }
        for (tag, real) in [("tenant_id", own.tenant), ("school_id", own.school)] {
            guard let made = tags[tag], !made.isEmpty, !replaced.contains(where: { $0.made == made }) else {
                continue
            }
            replaced.append((made, real))
        }
        self.own = own
        self.replaced = replaced
        key = story.keyText.map { ReplayPlan.replacing(replaced, in: $0) }
        request = ReplayPlan.replacing(replaced, in: story.request)
    }

    private static func replacing(
        _ pairs: [(made: String, real: String)], in request: DecisionRequest
    ) -> DecisionRequest {
        var context = ContextValues()
        for name in request.context.names {
            for text in request.context.texts(of: name) {
                context.append(name.key == .leadingKeys ? replacing(pairs, in: text) : text, to: name)
            }
        }
        var request = request
        request.context = context
        return request
    }

    /// Replaces the longest first, each piece of the text once.
    static func replacing(_ pairs: [(made: String, real: String)], in text: String) -> String {
        let pairs = pairs.sorted { $0.made.utf8.count > $1.made.utf8.count }
        var result = ""
        var rest = text[...]
        while !rest.isEmpty {
            if let pair = pairs.first(where: { rest.hasPrefix($0.made) }) {
                result += pair.real
                rest = rest.dropFirst(pair.made.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    private static func replacing(_ made: String, by real: String, in text: String) -> String {
        replacing([(made, real)], in: text)
    }
}

extension Counterexample {
    /// Whose the key is by the first form that it has: the tag that holds an owner's id (`school_id`), and the id.
    var foreignOwner: (tag: String, id: String)? {
        guard let key, let resource else { return nil }
        for form in resource.owners {
            guard let tag = form.variable.tag, let id = form.ownerID(of: key) else { continue }
            return (tag, String(decoding: id, as: UTF8.self))
        }
        return nil
    }
}

extension KeyOwnership {
    /// The owner's id in a key of this form; nil where the key has another form.
    func ownerID(of key: [UInt8]) -> ArraySlice<UInt8>? {
        guard key.starts(with: prefix) else { return nil }
        let rest = key.dropFirst(prefix.count)
        guard !suffix.isEmpty else { return isOpen ? nil : rest }
        for start in rest.indices where rest[start...].starts(with: suffix) {
            let id = rest[..<start]
            return isOpen || start + suffix.count == rest.endIndex ? id : nil
        }
        return nil
    }
}
