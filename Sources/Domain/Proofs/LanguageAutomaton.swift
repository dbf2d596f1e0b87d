import Base

/// The values that an unknown text can have, as an automaton made in full: its language and what policies say of it.
struct LanguageAutomaton {
    /// The state after each symbol; -1 where no value goes on so.
    private(set) var steps: [[Int32]] = []
    private(set) var isAccepting: [Bool] = []
    /// For each state a symbol that leads nearer to a value's end; -1 where none goes on.
    private var nearest: [Int32] = []
    /// Whether groups were left out because there were too many states.
    private(set) var isExact = true
    private let symbols: [Symbols.Symbol]

    init(_ text: UnknownText, symbols: [Symbols.Symbol]) {
        self.symbols = symbols
        if !make(text) {
            isExact = false
            // Any text at all: more than it can be.
            _ = make(UnknownText(language: .anything))
        }
        trim()
    }

    /// Whether there is no value at all.
    var isEmpty: Bool { steps.isEmpty || (nearest[0] < 0 && !isAccepting[0]) }

    /// Whether a value goes on from a state.
    func goesOn(_ state: Int32) -> Bool { nearest[Int(state)] >= 0 }

    /// The state after a symbol; -1 where no value goes on so.
    func next(_ state: Int32, _ symbol: Int) -> Int32 { steps[Int(state)][symbol] }

    /// A symbol, with a character of it, that goes on otherwise than by the first character of `symbol`; nil where
    /// there is none.
    func otherWay(_ state: Int32, than symbol: Int) -> (scalar: Unicode.Scalar, next: Int32)? {
        let row = steps[Int(state)]
        if row[symbol] >= 0, let second = symbols[symbol].second { return (second, row[symbol]) }
        for (other, next) in row.enumerated() where other != symbol && next >= 0 {
            return (symbols[other].first, next)
        }
        return nil
    }

    /// A way from a state to the end of a value, at least one character long where `isLonger`.
    func completion(from state: Int32, isLonger: Bool = false) -> String {
        var text = String.UnicodeScalarView()
        var state = Int(state)
        var isLonger = isLonger
        while isLonger || !isAccepting[state] {
            guard nearest[state] >= 0 else { break }
            text.append(symbols[Int(nearest[state])].first)
            state = Int(steps[state][Int(nearest[state])])
            isLonger = false
        }
        return String(text)
    }

    // MARK: Making it

    private struct Position: Hashable {
        let form: Int
        let offset: Int
    }

    private struct State: Hashable {
        let positions: [Position]
        let patterns: [Int32]
    }

    private mutating func make(_ text: UnknownText) -> Bool {
        steps = []
        isAccepting = []
        let forms = text.language.forms
        let patterns = text.groups.flatMap(\.patterns)
        var automata = patterns.map { PatternAutomaton($0, threads: [:], symbols: symbols) }
        var states = [
            State(
                positions: forms.indices.map { Position(form: $0, offset: 0) },
                patterns: patterns.map { _ in 0 })
        ]
        var numbers: [State: Int32] = [states[0]: 0]
        var index = 0
        while index < states.count {
            guard states.count <= Limits.proofAutomatonStatesMax else { return false }
            let state = states[index]
            isAccepting.append(
                state.positions.contains { forms[$0.form].canEnd(at: $0.offset) }
                    && TextGroup.areWanted(text.groups, automata, state.patterns[...]))
            var row: [Int32] = []
            for symbol in symbols.indices {
                let positions = state.positions.compactMap { position in
                    forms[position.form].next(position.offset, symbols[symbol].first).map {
                        Position(form: position.form, offset: $0)
                    }
                }
                guard !positions.isEmpty else {
                    row.append(-1)
                    continue
                }
                let next = State(
                    positions: positions,
                    patterns: automata.indices.map { automata[$0].next(state.patterns[$0], symbol) })
                if numbers[next] == nil {
                    numbers[next] = Int32(states.count)
                    states.append(next)
                }
                row.append(numbers[next] ?? -1)
            }
            steps.append(row)
            index += 1
        }
        return true
    }

    /// Finds from which states a value's end can be reached, and cuts the steps that lead nowhere.
    private mutating func trim() {
        var before: [[(state: Int, symbol: Int32)]] = Array(repeating: [], count: steps.count)
        for (state, row) in steps.enumerated() {
            for (symbol, next) in row.enumerated() where next >= 0 {
                before[Int(next)].append((state, Int32(symbol)))
            }
        }
        nearest = Array(repeating: -1, count: steps.count)
        var queue = steps.indices.filter { isAccepting[$0] }
        var isLive = isAccepting
        var index = 0
        while index < queue.count {
            for (state, symbol) in before[queue[index]] {
                if nearest[state] < 0 { nearest[state] = symbol }
                if !isLive[state] {
                    isLive[state] = true
                    queue.append(state)
                }
            }
            index += 1
        }
        for state in steps.indices {
            for symbol in symbols.indices where steps[state][symbol] >= 0 {
                if !isLive[Int(steps[state][symbol])] { steps[state][symbol] = -1 }
            }
        }
    }
}

extension TagLanguage.Form {
    /// Places from here on are alike.
    private var settled: Int { max(lead.count, lengthMin) }

    func canEnd(at offset: Int) -> Bool { offset >= lengthMin && lengthMax.map { offset <= $0 } ?? true }

    /// The place after a character, or nil where it cannot stand here.
    func next(_ offset: Int, _ scalar: Unicode.Scalar) -> Int? {
        if let lengthMax, offset >= lengthMax { return nil }
        guard (offset < lead.count ? lead[offset] : rest).contains(scalar) else { return nil }
        return lengthMax == nil ? min(offset + 1, settled) : offset + 1
    }
}

extension TextGroup {
    /// Whether the groups can be as wanted at the end of a text; `states` are those of their patterns in order.
    static func areWanted(
        _ groups: [TextGroup], _ automata: [PatternAutomaton], _ states: ArraySlice<Int32>
    ) -> Bool {
        var place = 0
        for group in groups {
            var isMatch = false
            for pattern in group.patterns {
                // Where a match is perhaps none, it does not speak against "none matches".
                if group.isMatchWanted || pattern.isExact {
                    isMatch = isMatch || automata[place].isMatch(states[states.startIndex + place])
                }
                place += 1
            }
            if isMatch != group.isMatchWanted { return false }
        }
        return true
    }
}
