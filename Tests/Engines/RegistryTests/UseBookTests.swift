import Base
import Testing

@testable import Registry

@Suite struct UseBookTests {
    private let now = Timestamp(milliseconds: 1_767_225_600_000)
    private let book = UseBook()

    @Test func aUseIsKnownAtOnceAndOneOfAMomentAgoIsNotNotedAgain() {
        let used = now.advanced(bySeconds: -3600)
        book.note("k1", recorded: used, at: now)
        #expect(book.lastUse(of: "k1", recorded: used) == now)
        let fresh = now.advanced(bySeconds: -59)
        book.note("k2", recorded: fresh, at: now)
        #expect(book.lastUse(of: "k2", recorded: fresh) == fresh)
        #expect(book.lastUse(of: "k3", recorded: nil) == nil)
    }

    @Test func soManyKeysAreRememberedAtMost() {
        for number in 0...Limits.usesMax { book.note("k\(number)", recorded: nil, at: now) }
        #expect(book.lastUse(of: "k\(Limits.usesMax - 1)", recorded: nil) == now)
        #expect(book.lastUse(of: "k\(Limits.usesMax)", recorded: nil) == nil)
        // One that is remembered already is noted on.
        book.note("k0", recorded: nil, at: now.advanced(bySeconds: 5))
        #expect(book.lastUse(of: "k0", recorded: nil) == now.advanced(bySeconds: 5))
    }
}
