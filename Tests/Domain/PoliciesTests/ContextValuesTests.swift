import Testing

@testable import Policies

struct ContextValuesTests {
    @Test func goesBackToWhatWasKnown() throws {
        var context = ContextValues()
        context.append("192.0.2.1", to: .sourceIp)
        let mark = context.mark
        let keys = try #require(ConditionKeyName(.leadingKeys))
        for key in ["TENANT#a", "TENANT#bb", ""] {
            context.append(key, to: .leadingKeys)
            #expect(context.texts(of: keys) == [key])
            context.restore(mark)
            #expect(context.texts(of: keys).isEmpty)
        }
        context.append("a", to: .leadingKeys)
        context.append("b", to: .leadingKeys)
        #expect(context.texts(of: keys) == ["a", "b"])
        context.restore(mark)
        #expect(context.texts(of: try #require(ConditionKeyName(.sourceIp))) == ["192.0.2.1"])
    }
}
