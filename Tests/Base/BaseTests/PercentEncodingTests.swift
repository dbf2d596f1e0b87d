import Base
import Testing

@Suite struct PercentEncodingTests {
    @Test(arguments: [
        ("", ""), ("aZ09-._~", "aZ09-._~"), ("a+b@c.example", "a%2Bb%40c.example"),
        ("/?#&=% \u{7F}\n", "%2F%3F%23%26%3D%25%20%7F%0A"), ("ä€", "%C3%A4%E2%82%AC"),
    ])
    func escapesAllButWhatIsUnreserved(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
    }
}
