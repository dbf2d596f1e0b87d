/// One pattern as an automaton whose states are sets of places in the pattern; made as far as it is asked for.
struct PatternAutomaton {
    let pattern: TextPattern
    /// Which thread follows each unknown text of the pattern, by place.
    private let threads: [Int: Int]
    private let symbols: [Symbols.Symbol]
    private var sets: [[Int32]] = []
    private var numbers: [[Int32]: Int32] = [:]
    private var steps: [[Int32]] = []

    private static let unknownStep: Int32 = -1

    init(_ pattern: TextPattern, threads: [Int: Int], symbols: [Symbols.Symbol]) {
        self.pattern = pattern
        self.threads = threads
        self.symbols = symbols
        _ = number(of: closure([0]))
    }

    /// How many states are known.
    var count: Int { sets.count }

    /// Whether the pattern matches what has been read.
    func isMatch(_ state: Int32) -> Bool { sets[Int(state)].last == Int32(pattern.parts.count) }

    /// Whether it cannot match any more.
    func isDead(_ state: Int32) -> Bool { sets[Int(state)].isEmpty }

    /// Whether it matches whatever follows.
    func isCertain(_ state: Int32) -> Bool {
        isMatch(state) && pattern.parts.last == .any
    }

    /// The state after a symbol.
    mutating func next(_ state: Int32, _ symbol: Int) -> Int32 {
        let known = steps[Int(state)][symbol]
        guard known == PatternAutomaton.unknownStep else { return known }
        var places: [Int32] = []
        let scalar = symbols[symbol].first
        for place in sets[Int(state)] where Int(place) < pattern.parts.count {
            switch pattern.parts[Int(place)] {
            case .scalar(let wanted): if wanted == scalar { places.append(place + 1) }
            case .folded(let wanted):
                if scalar.isASCII, scalar.properties.isAlphabetic, scalar.value | 0x20 == wanted.value {
                    places.append(place + 1)
                }
            case .one: places.append(place + 1)
            case .any: places.append(place)
            case .oneInSegment: if scalar != ":" { places.append(place + 1) }
            case .anyInSegment: if scalar != ":" { places.append(place) }
            case .foreign: if !scalar.isASCII { places.append(place + 1) }
            case .unknown: places.append(place)
            }
        }
        let next = number(of: closure(places))
        steps[Int(state)][symbol] = next
        return next
    }

    /// The state after a thread has ended here (`isMatch`), or gone other ways.
    mutating func afterThread(_ thread: Int, isMatch: Bool, _ state: Int32) -> Int32 {
        let set = sets[Int(state)]
        guard set.contains(where: { threads[Int($0)] == thread }) else { return state }
        var places = set.filter { threads[Int($0)] != thread }
        if isMatch { places += set.filter { threads[Int($0)] == thread }.map { $0 + 1 } }
        return number(of: closure(places))
    }

    private func closure(_ places: [Int32]) -> [Int32] {
        var found: Set<Int32> = []
        for place in places {
            var place = place
            found.insert(place)
            while Int(place) < pattern.parts.count {
                guard pattern.parts[Int(place)] == .any || pattern.parts[Int(place)] == .anyInSegment else {
                    break
                }
                place += 1
                found.insert(place)
            }
        }
        return found.sorted()
    }

    private mutating func number(of set: [Int32]) -> Int32 {
        if let known = numbers[set] { return known }
        let number = Int32(sets.count)
        sets.append(set)
        steps.append(Array(repeating: PatternAutomaton.unknownStep, count: symbols.count))
        numbers[set] = number
        return number
    }
}
