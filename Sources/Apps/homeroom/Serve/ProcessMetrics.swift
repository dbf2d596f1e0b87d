import ControlAPI
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// What the process takes of the machine, by the names that Prometheus' own clients use.
enum ProcessMetrics {
    static func families() -> [MetricFamily] {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let cpu =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        var families = [
            MetricFamily("process_cpu_seconds_total", "User and system time.", .counter, [.init(cpu)])
        ]
        if let pages = residentPages {
            families.append(
                MetricFamily(
                    "process_resident_memory_bytes", "Memory in use.", .gauge,
                    [.init(Double(pages * sysconf(Int32(_SC_PAGESIZE))))]))
        }
        if let count = openFiles {
            families.append(MetricFamily("process_open_fds", "Open files.", .gauge, [.init(Double(count))]))
        }
        return families
    }

    /// The second number of /proc/self/statm. Source: proc(5).
    private static var residentPages: Int? {
        guard let data = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split(separator: " ")
        return parts.count > 1 ? Int(parts[1]) : nil
    }

    private static var openFiles: Int? {
        do { return try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count } catch {
            return nil
        }
    }
}
