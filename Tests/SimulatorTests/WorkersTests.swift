import Foundation
import Testing

@testable import Simulation

@Suite struct WorkersTests {
    /// A program that answers as the tool does: seed 3 hangs, seed 5 ends its process, seed 6 ends badly.
    private static let script = """
        #!/bin/sh
        seed=$2
        while [ $seed -le $3 ]; do
            echo "at $seed"
            case $seed in
            3) exec sleep 600 ;;
            5) exit 9 ;;
            6) echo "found 6 a line"; echo "    history: another" ;;
            esac
            seed=$((seed + 1))
        done
        """

    @Test func aSeedThatHangsOrEndsItsProcessCostsNoOther() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) } }
        let file = folder.appendingPathComponent("worker.sh")
        try Data(WorkersTests.script.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file.path)
        let found = Workers(executable: file, secondsOfSeedMax: 1).run(1..<9, stopsAtFirst: false)
        #expect(found.map(\.seed) == [3, 5, 6])
        #expect(found.map(\.kind) == ["hangs", "trap", "history: another"])
    }

    @Test(arguments: [
        ("Name:\tx\nCpus_allowed_list:\t0-3,6\n", [0, 1, 2, 3, 6]), ("Cpus_allowed_list:\t2\n", [2]),
        ("Name:\tx\n", []),
        ("Cpus_allowed_list:\t3-1\n", []),
    ])
    func theCoresAreThoseThatLinuxLists(status: String, cores: [Int]) {
        #expect(Core.allowed(status) == cores)
    }
}
