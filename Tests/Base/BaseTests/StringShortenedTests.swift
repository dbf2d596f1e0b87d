import Base
import Testing

struct StringShortenedTests {
    @Test(arguments: [
        ("", ""), ("abc", "abc"), ("abcd", "abc…"), ("e\u{301}\u{302}\u{303}\u{304}", "e\u{301}\u{302}…"),
        ("äöü", "äöü"),
    ])
    func scalarsAreCountedNotCharacters(text: String, short: String) {
        #expect(Array(text.shortened(toScalars: 3).unicodeScalars) == Array(short.unicodeScalars))
    }
}
