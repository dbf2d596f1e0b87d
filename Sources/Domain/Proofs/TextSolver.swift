import Base

/// Answers questions about texts: the product of all patterns' automata, read from left to right.
///
/// Unknown texts are read along with the text by *threads*: a thread begins where a pattern's prefix ends, and compares
/// the text with the unknown one from there on, character by character, until the unknown one ends or they differ.
/// Patterns whose unknown text begins at the same place share its thread, so nothing needs to be remembered of it.
/// Where one unknown text is read from several places, each thread has a value of its own: more than there is, so
/// `none` is still right.
struct TextSolver {
    /// Where a thread begins: so many characters behind the start, or behind the end of another thread.
    private struct Start: Hashable {
        let parent: Int
        let distance: Int
        let unknown: Int
    }

    /// How the last step came to a state.
    private enum Step {
        case start
        case read(symbol: Int)
        case ended(thread: Int)
    }

    private struct Visit {
        let state: [Int32]
        let before: Int
        let step: Step
    }

    private static let ended: Int32 = -1
    private static let apart: Int32 = -2
    private static let never: Int32 = -3
    /// A thread that waits for `n` more characters is at `waiting - n`.
    private static let waiting: Int32 = -4

    private let question: TextQuestion
    private let symbols: [Symbols.Symbol]
    private var starts: [Start] = []
    private var automata: [PatternAutomaton] = []
    private let language: LanguageAutomaton
    private let languages: [LanguageAutomaton]
    private var visits: [Visit] = []
    private var seen: Set<[Int32]> = []
    private var isExact = true

    /// How many states were visited.
    var count: Int { visits.count }
    /// How many steps of a single automaton were taken.
    private(set) var steps = 0
    private let statesMax: Int
    private let stepsMax: Int

    /// A solver that gives up beyond so many states and steps.
    init(
        _ question: TextQuestion, statesMax: Int = Limits.proofStatesPerQuestionMax,
        stepsMax: Int = Limits.proofStepsMax
    ) {
        self.question = question
        self.statesMax = statesMax
        self.stepsMax = stepsMax
        let symbols = Symbols(question).symbols
        self.symbols = symbols
        language = LanguageAutomaton(UnknownText(language: question.language), symbols: symbols)
        languages = question.unknowns.map { LanguageAutomaton($0, symbols: symbols) }
        for pattern in question.groups.flatMap(\.patterns) {
            automata.append(PatternAutomaton(pattern, threads: threads(of: pattern), symbols: symbols))
            isExact = isExact && pattern.isExact
        }
        isExact =
            isExact && language.isExact && languages.allSatisfy(\.isExact)
            && Set(starts.map(\.unknown)).count == starts.count
    }

    private mutating func threads(of pattern: TextPattern) -> [Int: Int] {
        var found: [Int: Int] = [:]
        var (parent, distance) = (-1, 0)
        for (place, part) in pattern.parts.enumerated() {
            switch part {
            case .any, .anyInSegment: return found
            case .unknown(let unknown):
                let start = Start(parent: parent, distance: distance, unknown: unknown)
                let thread = starts.firstIndex(of: start) ?? starts.count
                if thread == starts.count { starts.append(start) }
                found[place] = thread
                (parent, distance) = (thread, 0)
            case .scalar, .folded, .one, .oneInSegment, .foreign: distance += 1
            }
        }
        return found
    }

    /// The answer.
    mutating func solve() -> TextAnswer {
        if language.isEmpty || languages.contains(where: \.isEmpty) { return .none }
        // A state: the language's, the threads', the patterns'.
        var first: [Int32] =
            [0]
            + starts.map { start in
                start.parent < 0 ? TextSolver.waiting - Int32(start.distance) : TextSolver.never
            }
        first += automata.map { _ in 0 }
        wake(&first)
        visit(first, from: -1, .start)
        let stepsOfState = symbols.count * first.count
        var index = 0
        while index < visits.count {
            guard visits.count <= statesMax, steps <= stepsMax else { return .tooManyStates }
            steps += stepsOfState
            if isEnd(visits[index].state) { return found(at: index) }
            follow(index)
            index += 1
        }
        return .none
    }

    private mutating func visit(_ state: [Int32], from before: Int, _ step: Step) {
        guard !isLost(state), seen.insert(state).inserted else { return }
        visits.append(Visit(state: state, before: before, step: step))
    }

    /// Threads that wait for no more characters begin.
    private func wake(_ state: inout [Int32]) {
        for thread in starts.indices where state[1 + thread] == TextSolver.waiting { state[1 + thread] = 0 }
    }

    /// Whether no end can be reached: a group can no longer be as wanted.
    private func isLost(_ state: [Int32]) -> Bool {
        var place = 0
        let offset = 1 + starts.count
        for group in question.groups {
            var isDead = true
            for pattern in group.patterns {
                let own = state[offset + place]
                if group.isMatchWanted {
                    isDead = isDead && automata[place].isDead(own)
                } else if pattern.isExact, automata[place].isCertain(own) {
                    return true
                }
                place += 1
            }
            if group.isMatchWanted, isDead { return true }
        }
        return false
    }

    private func isEnd(_ state: [Int32]) -> Bool {
        guard language.isAccepting[Int(state[0])] else { return false }
        for (thread, start) in starts.enumerated() where state[1 + thread] >= 0 {
            // The text ends within the unknown one.
            if !languages[start.unknown].goesOn(state[1 + thread]) { return false }
        }
        return TextGroup.areWanted(question.groups, automata, state[(1 + starts.count)...])
    }

    private mutating func follow(_ index: Int) {
        let state = visits[index].state
        for (thread, start) in starts.enumerated() where state[1 + thread] >= 0 {
            if languages[start.unknown].isAccepting[Int(state[1 + thread])] {
                end(thread, state, from: index)
            }
        }
        for symbol in symbols.indices {
            let next = language.next(state[0], symbol)
            guard next >= 0 else { continue }
            var read = state
            read[0] = next
            for place in automata.indices {
                read[1 + starts.count + place] = automata[place].next(
                    state[1 + starts.count + place], symbol)
            }
            advance(0, read, symbol, from: index)
        }
    }

    /// The unknown text of a thread ends here.
    private mutating func end(_ thread: Int, _ state: [Int32], from index: Int) {
        var next = state
        leave(thread, isMatch: true, &next)
        for (child, start) in starts.enumerated() where start.parent == thread {
            next[1 + child] = TextSolver.waiting - Int32(start.distance)
        }
        wake(&next)
        visit(next, from: index, .ended(thread: thread))
    }

    private mutating func leave(_ thread: Int, isMatch: Bool, _ state: inout [Int32]) {
        state[1 + thread] = isMatch ? TextSolver.ended : TextSolver.apart
        for place in automata.indices {
            let own = 1 + starts.count + place
            state[own] = automata[place].afterThread(thread, isMatch: isMatch, state[own])
        }
    }

    /// Each thread from `thread` on reads a symbol: the unknown text goes on the same way or another.
    private mutating func advance(_ thread: Int, _ state: [Int32], _ symbol: Int, from index: Int) {
        guard thread < starts.count else {
            var next = state
            wake(&next)
            return visit(next, from: index, .read(symbol: symbol))
        }
        var next = state
        let own = state[1 + thread]
        if own < TextSolver.waiting { next[1 + thread] = own + 1 }
        guard own >= 0 else { return advance(thread + 1, next, symbol, from: index) }
        let unknown = languages[starts[thread].unknown]
        let same = unknown.next(own, symbol)
        if same >= 0 {
            next[1 + thread] = same
            advance(thread + 1, next, symbol, from: index)
        }
        if unknown.otherWay(own, than: symbol) != nil {
            next = state
            leave(thread, isMatch: false, &next)
            advance(thread + 1, next, symbol, from: index)
        }
    }

    // MARK: What was found

    private func found(at last: Int) -> TextAnswer {
        var path: [Int] = []
        var index = last
        while index >= 0 {
            path.append(index)
            index = visits[index].before
        }
        path.reverse()
        var text = String.UnicodeScalarView()
        for place in path {
            if case .read(let symbol) = visits[place].step { text.append(symbols[symbol].first) }
        }
        var unknowns: [Int: String] = [:]
        for (thread, start) in starts.enumerated() where unknowns[start.unknown] == nil {
            unknowns[start.unknown] = value(of: thread, languages[start.unknown], path)
        }
        return .found(text: String(text), unknowns: unknowns, isExact: isExact)
    }

    /// The value of a thread's unknown text on a path; nil where the thread never began.
    private func value(of thread: Int, _ unknown: LanguageAutomaton, _ path: [Int]) -> String? {
        var value = String.UnicodeScalarView()
        var own: Int32?
        for (place, visit) in path.enumerated().map({ ($0, visits[$1]) }) {
            let state = visit.state[1 + thread]
            if case .read(let symbol) = visit.step, let before = own, before >= 0 {
                if state >= 0 {
                    value.append(symbols[symbol].first)
                } else if state == TextSolver.apart, let way = unknown.otherWay(before, than: symbol) {
                    value.append(way.scalar)
                    return String(value) + unknown.completion(from: way.next)
                }
            }
            if state == TextSolver.ended { return String(value) }
            own = state
            if place == path.count - 1, state >= 0 {
                return String(value) + unknown.completion(from: state, isLonger: true)
            }
        }
        return nil
    }
}
