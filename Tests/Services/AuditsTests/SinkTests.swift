import Base
import Glibc
import Registry
import Synchronization
import TestKit
import Testing
import Tokens

@testable import Audits

/// Places outside that heads go to.
@Suite struct SinkTests {
    private static let now = Timestamp(milliseconds: 1_767_225_600_000)
    private let ring = SigningKeyRing(.generate(now: now))

    private func head(_ number: Int64, _ kind: AuditKind = .activity) -> SealedHead {
        SealedHead(
            AuditHead(kind: kind, number: number, digest: String(repeating: "a", count: 64), time: Self.now),
            at: Self.now.advanced(bySeconds: number), sign: ring.signStatement)
    }

    @Test(arguments: [
        ("file:/var/log/heads.jsonl", "file:/var/log/heads.jsonl"), ("file:heads", "file:heads"),
        ("syslog", "syslog"), ("syslog:logs.example:514", "syslog:logs.example:514"),
        ("syslog:[2001:db8::1]:514", "syslog:2001:db8::1:514"), ("syslog:/run/log.sock", "syslog"),
        ("https://example.com/heads?key=1", "https://example.com/heads"),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:9/x"), ("http://localhost/x", "http://localhost/x"),
        ("http://[::1]:8/", "http://[::1]:8/"), ("http://[::1]", "http://[::1]"),
        ("https://user:word@example.com/a?key=1", "https://example.com/a"),
        ("https://word@example.com", "https://example.com"),
        ("https://example.com/a@b#c", "https://example.com/a@b"),
    ]) func readsAddresses(text: String, name: String) throws {
        #expect(try #require(SinkAddress(text)).sink.name == name)
    }

    @Test(arguments: [
        "", "file:", "files:/x", "syslog:", "syslog:host", "syslog:host:0", "syslog:host:99999",
        "syslog::514",
        "syslog:2001:db8::1:514", "http://example.com/", "http://127.0.0.1.example.com/", "https://",
        "ftp://x",
        "http://localhost.example/", "http://127.0.0.1:x@example.com/", "http://127.0.0.1@example.com/",
        "http://[::1]@example.com/", "http://[::1].example.com/", "http://localhost:80@example.com/",
        "http://localhost\\@example.com/", "http://127.0.0.1 .example.com/", "https://example.com/\nx",
        "https:///x", "https://user:word@/x",
        "https://:443/x",
        "http://127.0.0.1:+1/", "http://127.0.0.1:99999/",
    ]) func refusesAddresses(text: String) { #expect(SinkAddress(text) == nil) }

    @Test func aFileGetsALineForEachHead() throws {
        let folder = try TemporaryFolder()
        let sink = FileSink(path: folder.path(of: "heads"))
        let heads = [head(1), head(2)]
        for head in heads { try sink.take(head) }
        let lines = try folder.bytes(of: "heads").split(separator: 0x0A)
        #expect(lines.map { HeadLines.statement(in: $0) } == heads.map(\.statement))
        #expect(throws: HeadSinkError.self) {
            try FileSink(path: folder.path(of: "nowhere/heads")).take(heads[0])
        }
    }

    /// A disk that was full leaves the beginning of a line: the next head must not be lost with it.
    @Test func aLineThatWasCutOffTakesNoOtherWithIt() throws {
        let folder = try TemporaryFolder()
        let path = folder.path(of: "heads")
        let heads = [head(1), head(2)]
        try FileSink(path: path).take(heads[0])
        try folder.write(try folder.bytes(of: "heads") + heads[1].line.prefix(300), to: "heads")
        try FileSink(path: path).take(heads[1])
        let lines = try folder.bytes(of: "heads").split(separator: 0x0A)
        #expect(lines.map { HeadLines.statement(in: $0) } == [heads[0].statement, nil, heads[1].statement])
    }

    /// A pipe that nobody reads would hold up the end of the server.
    @Test func whatIsNoFileIsRefusedAtOnce() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.path(of: "pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        for (path, reason) in [
            (pipe, "`\(pipe)` is no file"), ("/dev/full", "`/dev/full` is no file"),
            (folder.path, "cannot open `\(folder.path)`: Is a directory"),
        ] {
            do {
                try FileSink(path: path).take(head(1))
                Issue.record("\(path) was taken")
            } catch { #expect(error.description == reason) }
        }
    }

    @Test(arguments: [
        ("host.example", "host.example"), ("", "-"), ("\n", "-"), ("a\n<13>1 b", "a<13>1b"),
        ("\u{1B}[31mred", "[31mred"),
        (String(repeating: "x", count: 300), String(repeating: "x", count: 255)),
    ]) func noNameEndsAMessagesHead(name: String, field: String) { #expect(SyslogSink.field(name) == field) }

    @Test func aSyslogMessageIsRFC5424s() throws {
        let sink = SyslogSink(.local(path: "/nowhere"))
        let text = String(decoding: sink.message(head(7)), as: UTF8.self)
        #expect(text.hasPrefix("<109>1 2026-01-01T00:00:07.000Z "))
        #expect(text.contains(" audit-head - {\"kind\":\"activity\",\"number\":7,"))
        let statement = try #require(HeadLines.statement(in: Array(text.utf8)))
        #expect(try SealedHead(verifying: statement, keys: ring.keySet).head.number == 7)
        #expect(throws: HeadSinkError.self) { try sink.take(head(7)) }
    }

    @Test(arguments: [
        ("", false), ("{}", false), ("a.b", false), ("a.b.c", true), (" a.b.c\r", true), ("a..c", false),
        ("a.b.c d", false), (#"<109>1 - {"statement":"a.b.c"}"#, true), (#"{"statement":"a.b"}"#, false),
        (#"{"statement":"a.b.c!"}"#, false),
    ]) func findsStatementsInLines(line: String, isOne: Bool) {
        #expect(HeadLines.statement(in: Array(line.utf8)) == (isOne ? "a.b.c" : nil))
    }

    // MARK: The post

    /// A place that fails so many times, and tells what it took.
    private final class Moody: HeadSink {
        private let state: Mutex<(failures: Int, taken: [SealedHead])>
        let name = "moody"

        init(failures: Int) { state = Mutex((failures, [])) }

        var taken: [SealedHead] { state.withLock { $0.taken } }

        func take(_ head: SealedHead) throws(HeadSinkError) {
            let isTaken = state.withLock { state in
                guard state.failures == 0 else {
                    state.failures -= 1
                    return false
                }
                state.taken.append(head)
                return true
            }
            guard isTaken else { throw HeadSinkError("not now") }
        }
    }

    private final class Told: Sendable {
        private let lines = Mutex<[String?]>([])
        var all: [String?] { lines.withLock { $0 } }
        func tell(_ sink: String, _ trouble: String?) { lines.withLock { $0.append(trouble) } }
    }

    @Test func theNewestHeadOfEachChainIsSentAtTheEnd() {
        let told = Told()
        // It fails at the first head and is asked again by the end alone.
        let sink = Moody(failures: 1)
        let post = HeadPost(sink) { told.tell($0, $1) }
        post.offer(head(1))
        post.offer(head(2))
        post.offer(head(3, .access))
        post.stop()
        post.stop()
        #expect(post.waiting == 0)
        #expect(sink.taken.suffix(2).map(\.head.number) == [2, 3])
        #expect(told.all.count <= 2 && told.all.first == .some("not now"))
        post.offer(head(4))
        #expect(post.waiting == 0)
    }

    @Test func waitsLongerAfterEachFailureToALimit() {
        #expect((1...5).map { HeadPost.wait(after: $0) } == [1, 2, 4, 8, 16])
        #expect(HeadPost.wait(after: 10) == 300 && HeadPost.wait(after: 1_000_000) == 300)
    }
}
