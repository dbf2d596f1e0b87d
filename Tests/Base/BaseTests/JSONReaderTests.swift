import Base
import Testing

@Suite struct JSONReaderTests {
    private func reader(_ text: String) -> JSONReader { JSONReader(Array(text.utf8)) }

    @Test func pullsMembersElementsAndValues() throws {
        var reader = reader(#" { "a" : [1, 2.9, -3e1], "b":{"c":true,"d":null}, "e":"x", "f":[], "g":{} } "#)
        try reader.beginObject()
        #expect(try reader.nextMemberName() == "a")
        try reader.beginArray()
        var numbers: [Int] = []
        while try reader.nextElement() { numbers.append(try reader.readInt()) }
        #expect(numbers == [1, 2, -30])
        #expect(try reader.nextMember() && reader.isMember("b") && !reader.isMember("bb"))
        try reader.beginObject()
        #expect(try reader.nextMemberName() == "c")
        #expect(try reader.readBool())
        #expect(try reader.nextMemberName() == "d")
        let isNull = reader.readNull()
        #expect(isNull)
        #expect(try reader.nextMember() == false)
        #expect(try reader.nextMemberName() == "e")
        #expect(try reader.readString() == "x")
        #expect(try reader.nextMemberName() == "f")
        try reader.beginArray()
        #expect(try reader.nextElement() == false)
        #expect(try reader.nextMemberName() == "g")
        try reader.skipValue()
        #expect(try reader.nextMemberName() == nil)
        try reader.expectEnd()
    }

    @Test(arguments: [
        (#""""#, ""), (#""a""#, "a"), (#""exactly8""#, "exactly8"),
        (#""seventeen bytes!!""#, "seventeen bytes!!"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\ud83d\ude00é😀""#, "é😀é😀"),
        (#""longer than eight\nwith \u0041""#, "longer than eight\nwith A"), (#""Zoë""#, "Zoë"),
    ])
    func readsStrings(_ json: String, _ text: String) throws {
        var reader = reader(json)
        #expect(try reader.readString() == text)
        try reader.expectEnd()
    }

    @Test(arguments: [
        (#""a"#, JSONError.syntax(expected: "the string's closing quote", offset: 2)),
        (#""\"#, .syntax(expected: "the string's closing quote", offset: 1)),
        (#""\""#, .syntax(expected: "the string's closing quote", offset: 3)),
        ("\"a\nb\"", .syntax(expected: "no bare control character in a string", offset: 2)),
        (#""\x""#, .syntax(expected: "an escape of JSON", offset: 2)),
        (#""\u12""#, .syntax(expected: "four hexadecimal digits", offset: 3)),
        (#""\u12G4""#, .syntax(expected: "four hexadecimal digits", offset: 5)),
        (#""\ud800""#, .invalidText(offset: 1)), (#""\ud800A""#, .invalidText(offset: 1)),
        (#""\ud800\u0041""#, .invalidText(offset: 1)), (#""\udc00""#, .invalidText(offset: 1)),
        ("", .syntax(expected: "a value", offset: 0)),
        ("1", .unexpected(.number, expected: .string, offset: 0)),
        ("[", .unexpected(.array, expected: .string, offset: 0)),
        (" null", .unexpected(.null, expected: .string, offset: 1)),
    ])
    func refusesWhatIsNoString(_ json: String, _ error: JSONError) {
        #expect(throws: error) {
            var reader = reader(json)
            _ = try reader.readString()
        }
    }

    @Test(arguments: [
        [0xFF], [0xC3], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF5, 0x80, 0x80, 0x80],
    ])
    func refusesInvalidUTF8WhereverItStands(_ bytes: [UInt8]) {
        for filler in [0, 1, 7, 8, 20] {
            let json = Array("\"".utf8) + Array(repeating: 0x61, count: filler) + bytes + Array("\"".utf8)
            #expect(throws: JSONError.invalidText(offset: 0)) {
                var reader = JSONReader(json)
                _ = try reader.readString()
            }
            #expect(throws: JSONError.invalidText(offset: 0)) {
                var reader = JSONReader(json)
                try reader.skipValue()
            }
        }
    }

    @Test(arguments: [
        ("{\"a\":1 \"b\":2}", JSONError.syntax(expected: "`,` or `}`", offset: 7)),
        ("{\"a\":1,}", .syntax(expected: "a member name", offset: 7)),
        ("{,}", .syntax(expected: "a member name", offset: 1)),
        ("{a:1}", .syntax(expected: "a member name", offset: 1)),
        ("{\"a\" 1}", .syntax(expected: "`:`", offset: 5)),
        ("[1 2]", .syntax(expected: "`,` or `]`", offset: 3)),
        ("[1,]", .syntax(expected: "a value", offset: 3)),
        ("[1", .syntax(expected: "`,` or `]`", offset: 2)),
        ("[1}", .syntax(expected: "`,` or `]`", offset: 2)),
        ("tru", .unexpected(.bool, expected: .bool, offset: 0)),
        ("nul", .syntax(expected: "a value", offset: 0)),
        ("01", .syntax(expected: "no leading zero", offset: 0)),
        ("1.", .syntax(expected: "a digit", offset: 2)),
        ("-", .syntax(expected: "a digit", offset: 1)), ("1e", .syntax(expected: "a digit", offset: 2)),
        ("+1", .syntax(expected: "a value", offset: 0)),
    ])
    func refusesWhatIsNoJSON(_ json: String, _ error: JSONError) {
        #expect(throws: error) {
            var reader = reader(json)
            try reader.skipValue()
            try reader.expectEnd()
        }
    }

    @Test(arguments: [
        "0", "-0.5e-7", "[[],{},[{}]]", #"{"a":{"b":[1,"x",true,null]}}"#, "[false , true]", "  1  ",
    ])
    func skipsAnyValue(_ json: String) throws {
        var reader = reader("[" + json + ",1]")
        try reader.beginArray()
        #expect(try reader.nextElement())
        try reader.skipValue()
        #expect(try reader.nextElement())
        #expect(try reader.readInt() == 1)
        #expect(try reader.nextElement() == false)
        try reader.expectEnd()
    }

    @Test func skipsAsDeepAsAllowedAndRefusesOneMore() throws {
        let depth = Limits.jsonDepthMax
        var allowed = reader(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        try allowed.skipValue()
        try allowed.expectEnd()
        for count in [depth + 1, 200_000] {
            #expect(throws: JSONError.tooDeep(offset: depth)) {
                var reader = reader(String(repeating: "[", count: count))
                try reader.skipValue()
            }
        }
    }

    @Test(arguments: [
        ("9223372036854775807", Int.max), ("9223372036854775808", .max), ("-1e400", .min), ("1e400", .max),
        ("25.9", 25),
        ("-25.9", -25), ("0", 0), ("-0", 0),
    ])
    func readsWholeNumbers(_ json: String, _ number: Int) throws {
        var reader = reader(json)
        #expect(try reader.readInt() == number)
    }

    @Test func comparesMemberNamesUnescaped() throws {
        var reader = reader(#"{"\u0053":1,"S":2,"SS":3}"#)
        try reader.beginObject()
        #expect(try reader.nextMember() && reader.isMember("S") && !reader.isMember("SS"))
        try reader.skipValue()
        #expect(try reader.nextMember() && reader.isMember("S"))
        try reader.skipValue()
        #expect(try reader.nextMember() && reader.isMember("SS") && !reader.isMember("S"))
    }

    @Test func goesBackToAMark() throws {
        var reader = reader(#"{"a":[1,2],"b":3}"#)
        try reader.beginObject()
        #expect(try reader.nextMember())
        let mark = reader.mark()
        try reader.beginArray()
        reader.restore(mark)
        try reader.skipValue()
        #expect(Array(reader.text(since: mark)) == Array("[1,2]".utf8))
        #expect(try reader.nextMemberName() == "b")
    }
}
