import Base
import Testing

struct ByteBufferTests {
    @Test func putsBytesTogether() {
        let buffer = ByteBuffer()
        #expect(buffer.bytes.isEmpty)
        buffer.append("{\"n\":")
        buffer.append(decimal: 42)
        Array("}".utf8).withUnsafeBytes { buffer.append($0) }
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == #"{"n":42}"#)
        buffer.truncate(to: 1)
        #expect(Array(buffer.bytes) == Array("{".utf8))
    }

    @Test(arguments: [0, 7, -7, 10, 1_234_567_890, .max, .min])
    func writesNumbersAsSwiftDoes(_ number: Int) {
        let buffer = ByteBuffer()
        buffer.append(decimal: number)
        #expect(String(decoding: buffer.bytes, as: UTF8.self) == "\(number)")
    }

    @Test func keepsWhatWasThereWhenItGrows() {
        let buffer = ByteBuffer()
        var expected: [UInt8] = []
        for number in 0..<3000 {
            buffer.append(decimal: number)
            expected += Array("\(number)".utf8)
        }
        #expect(Array(buffer.bytes) == expected)
    }

    @Test func givesLargeMemoryBack() {
        let buffer = ByteBuffer()
        [UInt8](repeating: 1, count: 10_000).withUnsafeBytes { buffer.append($0) }
        buffer.removeAll(keepingBytes: 20_000)
        #expect(buffer.bytes.baseAddress != nil)
        buffer.removeAll(keepingBytes: 1000)
        #expect(buffer.bytes.baseAddress == nil)
    }

    @Test func comparesWithTextsAndArrays() {
        Array("abc".utf8).withUnsafeBytes { bytes in
            #expect(bytes.isSame(as: "abc"))
            #expect(!bytes.isSame(as: "abd"))
            #expect(!bytes.isSame(as: "ab"))
            #expect(bytes.isSame(as: Array("abc".utf8)))
            #expect(!bytes.isSame(as: Array("abcd".utf8)))
            #expect(bytes.part(from: 1, to: 3).isSame(as: "bc"))
            #expect(bytes.part(from: 1, to: 1).isSame(as: [UInt8]()))
        }
    }
}
