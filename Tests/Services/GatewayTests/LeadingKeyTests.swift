import Base
import GatewayTestKit
import Items
import Policies
import Testing

@testable import Gateway

struct LeadingKeyTests {
    private static func attribute(_ type: KeyType, _ name: String) -> KeyAttribute {
        KeyAttribute(name: name, type: type)
    }

    /// Keys of all kinds become text that policies can compare, whatever the sort key's kind is.
    @Test(arguments: [
        (AttributeValue.string("a#b"), "a#b"), (.number(Number(-12)), "-12"), (.binary([1, 2, 255]), "AQL/"),
    ])
    func aLeadingKeyIsText(_ value: AttributeValue, _ expected: String) throws {
        let deployment = try TestDeployment()
        let caller = try deployment.caller(deployment.own)
        let type = try #require(KeyType(rawValue: value.type.rawValue))
        for sort in [nil, KeyType.string, .number, .binary] {
            let key = KeySchema(
                partition: Self.attribute(type, "p"), sort: sort.map { Self.attribute($0, "s") })
            caller.ask(.getItem, deployment.students, at: deployment.clock.now())
            caller.touch(try #require(KeySchema.bytes(of: value)), of: key)
            let name = try #require(ConditionKeyName(.leadingKeys))
            #expect(caller.request.context.texts(of: name) == [expected])
            #expect(!caller.request.areLeadingKeysUndetermined)
        }
    }
}
