import Foundation
import Testing

@testable import Simulation

@Suite struct ReplayTests {
    /// A program that answers as the tool does: an item that ends by itself ends its process, a merge hangs.
    private static let script = """
        #!/bin/sh
        [ "$1" = attempt ] || exit 9
        echo "10 us  began"
        case "$2" in
        *merge*) exec sleep 600 ;;
        *putFleeting*) kill -SEGV $$ ;;
        *suspend*) echo "3 turns"; echo "ended charge run"; exit 0 ;;
        esac
        echo "3 turns"
        echo "ended"
        """

    private static func program(_ requests: [Program.Request], _ acts: [Program.Act]) -> Program {
        Program(
            tiers: ["basic", "premium"],
            clients: [
                .init(tenant: 0, requests: [.read(key: 1), .put(key: 2)], thinkMilliseconds: 3),
                .init(tenant: 1, requests: [.read(key: 1)] + requests, thinkMilliseconds: 0),
            ],
            operators: [acts], crashes: [.init(moment: .turn(5), losesPower: false, seed: 1)],
            schedule: Schedule(seed: 1))
    }

    private func replay(_ body: (Replay) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) } }
        let file = folder.appendingPathComponent("attempt.sh")
        try Data(ReplayTests.script.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file.path)
        try body(Replay(executable: file, silenceSecondsMax: 1))
    }

    @Test func aProgramThatEndsItsProcessShowsItsHistoryAndIsShortened() throws {
        try replay { replay in
            let program = ReplayTests.program([.putFleeting(milliseconds: 5)], [.addSchool(tenant: 0)])
            let ended = try replay.run(program)
            #expect(ended.kinds == ["trap"])
            #expect(ended.history == "10 us  began\nthen its process ends with \(SIGSEGV)")
            let shortest = try replay.shortest(program, "trap")
            #expect(shortest.clients.map(\.requests) == [[.putFleeting(milliseconds: 5)]])
            #expect(shortest.operators.isEmpty && shortest.crashes.isEmpty)
        }
    }

    @Test func aProgramThatHangsShowsItsHistory() throws {
        try replay { replay in
            let ended = try replay.run(ReplayTests.program([], [.merge(tenant: 0)]))
            #expect(ended.kinds == ["hangs"])
            #expect(ended.history == "10 us  began\nthen it says nothing for 1 s")
        }
    }

    @Test func whatWasFoundIsKnownByItsKinds() throws {
        try replay { replay in
            let suspending = ReplayTests.program(
                [], [.serve(tenant: 1), .suspend(tenant: 0, readOnly: true)])
            let ended = try replay.run(suspending)
            #expect(ended.kinds == ["charge", "run"])
            #expect(ended.history == "10 us  began\n3 turns")
            #expect(
                try replay.shortest(suspending, "run").operators == [[.suspend(tenant: 0, readOnly: true)]])
            #expect(try replay.run(ReplayTests.program([], [])).kinds == [])
        }
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>) func aProgramComesBackFromItsJSON(seed: UInt64) throws {
        let program = Program(seed: seed)
        #expect(try JSONDecoder().decode(Program.self, from: JSONEncoder().encode(program)) == program)
    }

    @Test func aSeedIsToldByTheToolItself() throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let tool = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("simulator")
        var told: [String] = []
        #expect(try Replay(executable: tool).tell(seed: 25) { told.append($0) })
        #expect(told.count == 2 && told[0].hasPrefix("districts: "))
        #expect(told[1].contains(" us  ") && told[1].contains(" turns, ") && told[1].hasSuffix("seed 25"))
    }
}
