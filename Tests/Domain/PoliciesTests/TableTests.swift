import FoundationEssentials
import JSONText
import Testing

@testable import Policies

/// The tables in the source against the facts they were written from.
@Suite struct TableTests {
    @Test func rowsStandInTheOrderOfTheirCases() {
        #expect(ActionTable.rows.map(\.action) == PolicyAction.allCases)
        #expect(ConditionKeyTable.rows.map(\.key) == ConditionKey.allCases)
        #expect(PolicyAction.allCases.count <= 128)
        for action in PolicyAction.allCases {
            #expect(PolicyAction(named: action.name.uppercased()) == action)
        }
    }

    @Test func keyedActionsAreThoseThatBringLeadingKeys() {
        let keyed: [PolicyAction] = [
            .batchGetItem, .batchWriteItem, .conditionCheckItem, .deleteItem, .getItem, .partiQLDelete,
            .partiQLInsert,
            .partiQLSelect, .partiQLUpdate, .putItem, .query, .updateItem,
        ]
        #expect(PolicyAction.allCases.filter(\.isKeyed) == keyed)
    }

    private struct Facts: Decodable {
        struct Action: Decodable {
            struct Kind: Decodable { let type: String }
            let name: String
            let accessLevel: String
            let resourceTypes: [Kind]
            let conditionKeys: [String]
        }
        struct Key: Decodable {
            let key: String
            let type: String
            let multivalued: Bool
        }
        let service: String
        let actions: [Action]
        let conditionKeys: [Key]
    }

    @Test(arguments: ["dynamodb", "sts"]) func tablesSayWhatTheReferenceSays(service: String) throws {
        guard let shared = TestFiles.shared else { return }
        let bytes = try TestFiles.read("\(shared)/data/iam/\(service)-actions.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let facts = try decoder.decode(Facts.self, from: Data(bytes))
        #expect(
            PolicyAction.allCases.map(\.name).filter { $0.hasPrefix(service) }
                == facts.actions.map { "\(service):\($0.name)" })
        for fact in facts.actions {
            let action = try #require(PolicyAction(named: "\(service):\(fact.name)"))
            #expect(action.accessLevel.rawValue == fact.accessLevel)
            #expect(action.resourceKinds.map(\.rawValue) == fact.resourceTypes.map(\.type))
            // Keys of foreign identity providers belong to tokens and are left out of the rows.
            let own = fact.conditionKeys.filter { !$0.hasPrefix("saml:") && !$0.contains(".com:") }
            #expect(action.conditionKeys.map(\.name) == own.map { $0.replacing(/\$\{.*/, with: "") })
        }
        for fact in facts.conditionKeys {
            let name = fact.key.replacing(/\$\{.*/, with: "tag")
            let key = try #require(ConditionKeyName(named: name), "\(name)").key
            #expect(key.isMultivalued == fact.multivalued, "\(name)")
            #expect(key.types.map(\.rawValue).contains(fact.type), "\(name)")
        }
    }

    @Test func globalKeysAreThere() throws {
        guard let shared = TestFiles.shared else { return }
        let root = try JSONText(parsing: TestFiles.read("\(shared)/data/iam/global-condition-keys.json")).root
        guard case .object(let members) = root.value,
            case .array(let keys)? = members.first(where: { $0.name == "condition_keys" })?.node.value
        else {
            Issue.record("no list of keys")
            return
        }
        #expect(keys.count == 52)
        for key in keys {
            guard case .object(let fields) = key.value, case .string(let name)? = fields.first?.node.value
            else { continue }
            #expect(ConditionKeyName(named: name.replacing("${TagKey}", with: "x")) != nil, "\(name)")
        }
    }

    /// Conditions on these are not looked for among what is known of the principal.
    @Test func dynamoDBsOwnKeysAreKnownByTheirPlace() {
        for key in ConditionKey.allCases {
            #expect(key.isDynamoDB == key.name.hasPrefix("dynamodb:"), "\(key.name)")
        }
    }
}
