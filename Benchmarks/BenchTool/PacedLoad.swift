import Base

#if canImport(Glibc)
    import Glibc
#endif

/// Requests at fixed rates, over as many connections as wait for answers, until standard input ends. How long one took counts from
/// when it was due: a server that does not keep up is not spared.
///
/// It needs little of the processor, so that what is measured is the server and not the queue of who sends.
///
/// A line of standard input names what goes on from then, and behind that the lanes that are held back meanwhile: to so few requests
/// that the server closes no connection for its silence. At the end a line for each lane and name is printed: lane, name, answers,
/// and p50, p99 and the longest in milliseconds; of lanes named `all/reads` and `all/writes` also those of `all`. An answer that is not
/// 200 ends it.
final class PacedLoad {
    /// Requests of one kind, so many a second.
    private struct Lane {
        let name: String
        let requests: [[UInt8]]
        let nanosecondsEach: Double
        var isHeld = false
        var next = 0
        var due = 0.0
        /// Connections that wait for nothing, the longest idle first: one that is idle for half a minute is closed by the server.
        var idle: [Int] = []
        let connections: Int
    }

    private struct Connection {
        let socket: Int32
        let lane: Int
        /// When the request that it carries was due.
        var due = 0.0
        var answer: [UInt8] = []
    }

    private struct Group: Hashable {
        let lane: String
        let name: String
    }

    /// How often each connection of a lane that is held back has a request.
    private static let heldNanoseconds = 15e9

    private let clock = SystemClock()
    private var lanes: [Lane] = []
    private var connections: [Connection] = []
    private var now = "quiet"
    private var took: [Group: [Float]] = [:]
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// The connections that wait for an answer: a look at one that waits for nothing costs as much.
    private var busy: [Int] = []

    init(_ arguments: inout Arguments) throws {
        let address = try arguments.option("host").split(separator: ":")
        let each = try arguments.number("connections")
        guard address.count == 2, let port = UInt16(address[1]) else {
            throw UsageError(text: "--host: expected an address and a port")
        }
        while arguments.hasWords {
            let lane = try arguments.next("lane")
            let parts = lane.split(separator: ",", maxSplits: 2)
            guard parts.count == 3, let rate = Double(parts[1]), rate > 0 else {
                throw UsageError(text: "expected NAME,RATE,FILE, found `\(lane)`")
            }
            let requests = try Self.requests(in: String(parts[2]))
            let first = connections.count
            for _ in 0..<each {
                let socket = try Self.connect(String(address[0]), port)
                connections.append(Connection(socket: socket, lane: lanes.count))
            }
            lanes.append(
                Lane(
                    name: String(parts[0]), requests: requests, nanosecondsEach: 1e9 / rate,
                    idle: Array(first..<connections.count), connections: each))
        }
        guard connections.allSatisfy({ $0.socket < FD_SETSIZE }) else {
            throw UsageError(text: "--connections: fewer than \(FD_SETSIZE) in all")
        }
    }

    func send() throws {
        for index in lanes.indices { lanes[index].due = Double(clock.monotonicNanoseconds()) }
        while true {
            let time = Double(clock.monotonicNanoseconds())
            for index in lanes.indices { try sendDue(&lanes[index], at: time) }
            let due = lanes.filter { !$0.idle.isEmpty }.map(\.due).min() ?? time + 1e9
            let ready = try wait(nanoseconds: due - time)
            let answeredAt = Double(clock.monotonicNanoseconds())
            var waiting: [Int] = []
            for index in busy {
                let isReady = ready.contains(connections[index].socket)
                if try !isReady || !read(index, at: answeredAt) { waiting.append(index) }
            }
            busy = waiting
            if ready.contains(STDIN_FILENO), try !readName() { return report() }
        }
    }

    /// Waits for answers and standard input: microseconds count here, which `poll` does not know.
    private func wait(nanoseconds: Double) throws -> SocketSet {
        var ready = SocketSet()
        ready.insert(STDIN_FILENO)
        for index in busy { ready.insert(connections[index].socket) }
        var time = timeval(tv_sec: 0, tv_usec: Int(max(0, min(nanoseconds / 1000, 999_999))))
        guard select(Int32(FD_SETSIZE), &ready.bits, nil, nil, &time) >= 0 else {
            throw UsageError(text: "select: \(String(cString: strerror(errno)))")
        }
        return ready
    }

    private func sendDue(_ lane: inout Lane, at time: Double) throws {
        while lane.due <= time, !lane.idle.isEmpty {
            let index = lane.idle.removeFirst()
            busy.append(index)
            connections[index].due = lane.due
            lane.due +=
                lane.isHeld ? Self.heldNanoseconds / Double(lane.connections) : lane.nanosecondsEach
            let request = lane.requests[lane.next]
            lane.next = (lane.next + 1) % lane.requests.count
            guard
                Glibc.send(connections[index].socket, request, request.count, Int32(MSG_NOSIGNAL))
                    == request.count
            else { throw UsageError(text: "the server closed a connection") }
        }
    }

    /// Takes what has come of an answer; whether that is all of it.
    private func read(_ index: Int, at time: Double) throws -> Bool {
        let count = recv(connections[index].socket, &buffer, buffer.count, 0)
        guard count > 0 else { throw UsageError(text: "the server closed a connection") }
        connections[index].answer += buffer[..<count]
        guard try isWhole(connections[index].answer) else { return false }
        connections[index].answer.removeAll(keepingCapacity: true)
        let lane = connections[index].lane
        lanes[lane].idle.append(index)
        took[Group(lane: lanes[lane].name, name: now), default: []]
            .append(Float((time - connections[index].due) / 1e6))
        return true
    }

    private func isWhole(_ answer: [UInt8]) throws -> Bool {
        try answer.withUnsafeBytes { bytes in
            let name: StaticString = "Content-Length: "
            guard let head = Self.find("\r\n\r\n", in: bytes) else { return false }
            guard let start = Self.find(name, in: UnsafeRawBufferPointer(rebasing: bytes[..<head])) else {
                throw UsageError(text: "an answer has no length")
            }
            let digits = bytes[(start + name.utf8CodeUnitCount)...].prefix { $0 != UInt8(ascii: "\r") }
            let length = digits.reduce(0) { $0 * 10 + Int($1) - Int(UInt8(ascii: "0")) }
            guard bytes.count >= head + 4 + length else { return false }
            guard bytes.starts(with: "HTTP/1.1 200".utf8) else {
                throw UsageError(
                    text: "expected 200, found \(String(decoding: bytes.prefix(400), as: UTF8.self))")
            }
            return true
        }
    }

    private static func find(_ text: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        var start = bytes.startIndex
        while start + text.utf8CodeUnitCount <= bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(text.utf8Start.pointee), bytes.count - start)
        {
            let place = UnsafeRawPointer(found) - base
            guard place + text.utf8CodeUnitCount <= bytes.count else { return nil }
            if memcmp(found, text.utf8Start, text.utf8CodeUnitCount) == 0 { return place }
            start = place + 1
        }
        return nil
    }

    /// What goes on from now; false where standard input has ended.
    private func readName() throws -> Bool {
        let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
        guard count > 0 else { return false }
        if let line = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").last {
            let words = line.split(separator: " ")
            now = String(words[0])
            for index in lanes.indices {
                let isHeld = words.dropFirst().contains(Substring(lanes[index].name))
                if lanes[index].isHeld != isHeld { lanes[index].due = Double(clock.monotonicNanoseconds()) }
                lanes[index].isHeld = isHeld
            }
        }
        return true
    }

    private func report() {
        for (group, times) in took {
            guard let slash = group.lane.firstIndex(of: "/") else { continue }
            took[Group(lane: String(group.lane[..<slash]), name: group.name), default: []] += times
        }
        for (group, unsorted) in took.sorted(by: { ($0.key.lane, $0.key.name) < ($1.key.lane, $1.key.name) })
        {
            let sorted = unsorted.sorted()
            let at = { (part: Double) in sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] }
            print(group.lane, group.name, sorted.count, at(0.5), at(0.99), sorted[sorted.count - 1])
        }
    }

    // MARK: Files and sockets

    private static func requests(in path: String) throws -> [[UInt8]] {
        guard let file = fopen(path, "r") else { throw UsageError(text: "cannot read `\(path)`") }
        defer { fclose(file) }
        var requests: [[UInt8]] = []
        var head = [UInt8](repeating: 0, count: 9)
        while fread(&head, 1, 9, file) == 9 {
            guard let length = Int(String(decoding: head[..<8], as: UTF8.self)) else { break }
            var request = [UInt8](repeating: 0, count: length)
            guard fread(&request, 1, length, file) == length else { break }
            requests.append(request)
        }
        guard !requests.isEmpty else { throw UsageError(text: "`\(path)` holds no requests") }
        return requests
    }

    private static func connect(_ host: String, _ port: UInt16) throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw UsageError(text: "--host: expected an address of numbers")
        }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            throw UsageError(text: "cannot connect: \(String(cString: strerror(errno)))")
        }
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return socket
    }
}

/// The sockets of `select`: a bit for each.
private struct SocketSet {
    var bits = fd_set()

    mutating func insert(_ socket: Int32) {
        withUnsafeMutableBytes(of: &bits) { $0[Int(socket) / 8] |= 1 << UInt8(socket % 8) }
    }

    func contains(_ socket: Int32) -> Bool {
        withUnsafeBytes(of: bits) { $0[Int(socket) / 8] & 1 << UInt8(socket % 8) != 0 }
    }
}
