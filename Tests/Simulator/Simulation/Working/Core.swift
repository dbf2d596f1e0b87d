import Foundation

/// The cores that processes are kept to, one each: the threads of a simulation run one at a time, and hand on to each other faster on
/// one core.
enum Core {
    private static let taskset = URL(fileURLWithPath: "/usr/bin/taskset")

    /// Those that this process may run on, as Linux lists them: `0-3,6`. None where it does not say.
    static func allowed(_ status: String) -> [Int] {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") })
        else { return [] }
        let list = line.split(separator: ":")[1].trimmingCharacters(in: .whitespaces)
        return list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return [] }
            return Array(first...last)
        }
    }

    /// Those that this process may run on; where Linux does not say, as many as there are, without a number.
    static func allowed() -> [Int?] {
        let count = ProcessInfo.processInfo.activeProcessorCount
        do {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let cores = allowed(status)
            return cores.isEmpty ? [Int?](repeating: nil, count: count) : cores
        } catch { return [Int?](repeating: nil, count: count) }
    }

    /// Lets the process run on that core only, where there is one and the machine has the tool for it. What is started in its place
    /// keeps its id.
    static func keep(_ process: Process, to core: Int?) {
        guard let core, let program = process.executableURL,
            FileManager.default.isExecutableFile(atPath: taskset.path)
        else { return }
        process.arguments = ["-c", "\(core)", program.path] + (process.arguments ?? [])
        process.executableURL = taskset
    }
}
