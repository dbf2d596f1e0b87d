import Foundation
import Glibc

/// A process of the simulator's program: what it said, and how it ended.
struct Child {
    enum Ending: Hashable {
        case exited
        /// With a signal, or a status that stands for no finding.
        case broken(Int32)
        /// It said nothing for so long that it was ended.
        case hangs
    }

    /// The program that runs now.
    static let itself = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()

    let text: String
    let ending: Ending

    /// Runs the program to its end, on that core only where one is named.
    /// - Parameter silenceSecondsMax: a process that says nothing for so long hangs.
    /// - Throws: where it cannot be started.
    static func run(
        _ executable: URL, _ arguments: [String], environment: [String: String] = [:], core: Int? = nil,
        silenceSecondsMax: Double
    ) throws -> Child {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        Core.keep(process, to: core)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let (text, isHanging) = output(of: process, from: pipe.fileHandleForReading, silenceSecondsMax)
        process.waitUntilExit()
        let isBroken = process.terminationReason == .uncaughtSignal || process.terminationStatus > 1
        return Child(
            text: text, ending: isHanging ? .hangs : isBroken ? .broken(process.terminationStatus) : .exited)
    }

    /// What the process says until it ends, or is ended since it hangs.
    private static func output(
        of process: Process, from file: FileHandle, _ silenceSecondsMax: Double
    ) -> (text: String, isHanging: Bool) {
        var bytes: [UInt8] = []
        var waiting = pollfd(fd: file.fileDescriptor, events: Int16(POLLIN), revents: 0)
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let ready = poll(&waiting, 1, Int32(silenceSecondsMax * 1000))
            if ready < 0, errno == EINTR { continue }
            if ready == 0 {
                kill(process.processIdentifier, SIGKILL)
                return (String(decoding: bytes, as: UTF8.self), true)
            }
            let count = read(file.fileDescriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard ready > 0, count > 0 else { return (String(decoding: bytes, as: UTF8.self), false) }
            bytes += buffer[..<count]
        }
    }
}
