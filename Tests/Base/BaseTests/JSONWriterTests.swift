import Base
import Testing

@Suite struct JSONWriterTests {
    @Test func putsCommasWhereTheyBelong() {
        var json = JSONWriter()
        json.beginObject()
        json.name("a")
        json.beginArray()
        json.int(-1)
        json.double(0.5)
        json.bool(true)
        json.null()
        json.beginObject()
        json.endObject()
        json.endArray()
        json.name("b")
        json.string("x")
        json.name(text: "c\"")
        json.raw(Array("{\"d\":1}".utf8))
        json.name("e")
        json.value { $0.append(contentsOf: "[]".utf8) }
        json.endObject()
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"a":[-1,0.5,true,null,{}],"b":"x","c\"":{"d":1},"e":[]}"#)
    }

    @Test(arguments: [
        ("", #""""#), ("plain é😀", #""plain é😀""#), ("\"\\/", #""\"\\/""#),
        ("\n\r\t\u{8}\u{C}", #""\n\r\t\b\f""#),
        ("\u{0}\u{1F}\u{7F}", "\"\\u0000\\u001f\u{7F}\""),
    ])
    func escapesNoMoreThanNeeded(_ text: String, _ json: String) throws {
        var bytes: [UInt8] = []
        bytes.appendJSONString(text)
        #expect(String(decoding: bytes, as: UTF8.self) == json)
        var reader = JSONReader(bytes)
        #expect(try reader.readString() == text)
    }
}

@Suite struct Base64Tests {
    /// Source: RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func codesThePublishedVectors(_ plain: String, _ coded: String) throws {
        #expect(Base64.encode(Array(plain.utf8)) == coded)
        let bytes = Array(coded.utf8)
        #expect(try Base64.decode(bytes.span) == Array(plain.utf8))
    }

    @Test(arguments: [
        ("Zg", Base64.Fault.length(2)), ("Zg=", .length(3)), ("Zh==", .lastCharacter),
        ("Zm9=", .lastCharacter),
        ("Z===", .character(0x3D)), ("====", .character(0x3D)), ("Zg==Zg==", .character(0x3D)),
        ("Zm9-", .character(0x2D)), ("Zm9\n", .character(0x0A)), ("Zm \u{7F}", .character(0x20)),
    ])
    func refusesWhatIsNotStrict(_ coded: String, _ fault: Base64.Fault) {
        #expect(throws: fault) {
            let bytes = Array(coded.utf8)
            _ = try Base64.decode(bytes.span)
        }
    }

    @Test func decodesWhatItEncoded() throws {
        let random = SeededRandom(seed: 2)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            let coded = Array(Base64.encode(bytes).utf8)
            #expect(try Base64.decode(coded.span) == bytes)
        }
    }
}
