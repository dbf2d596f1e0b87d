import Policies

/// Sorts the texts of a form by which patterns of a list they match, and names a text of each sort.
///
/// By the product of the patterns' automata, a character at a time: it finds every sort there is, the shortest text first,
/// unless it comes to `statesMax`.
struct AccessClasses {
    /// What texts are looked at: characters that are given, and names that may have any.
    struct Form {
        enum Part {
            case scalar(Unicode.Scalar)
            /// One or more characters of names.
            case name
            /// Any text.
            case anything
        }

        let parts: [Part]

        /// Any text at all.
        static let anything = Form(parts: [.anything])

        /// A text in which `{}` stands for a name.
        init(_ text: String) {
            var parts: [Part] = []
            for scalar in text.unicodeScalars {
                switch scalar {
                case "{": parts.append(.name)
                case "}": continue
                default: parts.append(.scalar(scalar))
                }
            }
            self.parts = parts
        }

        private init(parts: [Part]) { self.parts = parts }
    }

    /// A sort of texts.
    struct Found {
        /// Whether each pattern of the list matches.
        let matches: [Bool]
        /// One of them.
        let text: String
    }

    private struct State: Hashable {
        var form: [Int]
        var patterns: [[Int]]
    }

    private let patterns: [[AccessPattern.Element]]
    private let alphabet: [Unicode.Scalar]

    /// Patterns without variables.
    init(_ patterns: [AccessPattern], forms: [Form]) {
        self.patterns = patterns.map(\.elements)
        var letters: Set<Unicode.Scalar> = []
        for pattern in patterns {
            for case .scalar(let scalar) in pattern.elements { letters.insert(scalar) }
        }
        for form in forms { for case .scalar(let scalar) in form.parts { letters.insert(scalar) } }
        // One letter stands for all that occur nowhere; a colon is told apart from others by wildcards in ARNs.
        let other = "xyzwvkjqabcdefghilmnoprstu".unicodeScalars.first { !letters.contains($0) } ?? "\u{2603}"
        let named = letters.filter(AccessClasses.isOfName).sorted { $0.value < $1.value }
        let rest = letters.filter { !AccessClasses.isOfName($0) }.union([":"]).sorted { $0.value < $1.value }
        alphabet = [other] + named + rest
    }

    /// Every sort of the form's texts, and whether these are all.
    func find(in form: Form, statesMax: Int, _ budget: AccessBudget? = nil) -> (
        found: [Found], isComplete: Bool
    ) {
        var found: [[Bool]: String] = [:]
        var order: [[Bool]] = []
        let start = State(
            form: AccessClasses.closed([0], form), patterns: patterns.map { AccessClasses.closed([0], $0) })
        var seen: Set<State> = [start]
        var queue: [(state: State, text: String)] = [(start, "")]
        var next = 0
        while next < queue.count {
            let (state, text) = queue[next]
            next += 1
            budget?.spend(alphabet.count * (1 + patterns.count))
            if state.form.contains(form.parts.count) {
                let matches = zip(patterns, state.patterns).map { $1.contains($0.count) }
                if found[matches] == nil {
                    found[matches] = text
                    order.append(matches)
                }
            }
            for scalar in alphabet {
                let forms = AccessClasses.step(state.form, form, scalar)
                guard !forms.isEmpty else { continue }
                let stepped = State(
                    form: forms,
                    patterns: zip(patterns, state.patterns).map { AccessClasses.step($1, $0, scalar) })
                guard seen.insert(stepped).inserted else { continue }
                guard seen.count <= statesMax, budget?.isSpent != true else {
                    return (order.map { Found(matches: $0, text: found[$0] ?? "") }, false)
                }
                queue.append((stepped, text + String(Character(scalar))))
            }
        }
        return (order.map { Found(matches: $0, text: found[$0] ?? "") }, true)
    }

    /// Which patterns match a text.
    func matches(_ text: String) -> [Bool] {
        patterns.map { pattern in
            var places = AccessClasses.closed([0], pattern)
            for scalar in text.unicodeScalars { places = AccessClasses.step(places, pattern, scalar) }
            return places.contains(pattern.count)
        }
    }

    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
            || "_.-".unicodeScalars.contains(scalar)
    }

    private static func closed(_ places: [Int], _ elements: [AccessPattern.Element]) -> [Int] {
        var closed = Set(places)
        for place in places {
            var next = place
            while next < elements.count, case .any = elements[next] {
                next += 1
                closed.insert(next)
            }
        }
        return closed.sorted()
    }

    private static func step(
        _ places: [Int], _ elements: [AccessPattern.Element], _ scalar: Unicode.Scalar
    ) -> [Int] {
        var stepped: [Int] = []
        for place in places where place < elements.count {
            switch elements[place] {
            case .scalar(let wanted): if wanted == scalar { stepped.append(place + 1) }
            case .one(let isInSegment): if !isInSegment || scalar != ":" { stepped.append(place + 1) }
            case .any(let isInSegment): if !isInSegment || scalar != ":" { stepped.append(place) }
            case .variable: continue
            }
        }
        return closed(stepped, elements)
    }

    private static func closed(_ places: [Int], _ form: Form) -> [Int] {
        var closed = Set(places)
        for place in places {
            var next = place
            while next < form.parts.count, case .anything = form.parts[next] {
                next += 1
                closed.insert(next)
            }
        }
        return closed.sorted()
    }

    private static func step(_ places: [Int], _ form: Form, _ scalar: Unicode.Scalar) -> [Int] {
        var stepped: [Int] = []
        for place in places where place < form.parts.count {
            switch form.parts[place] {
            case .scalar(let wanted): if wanted == scalar { stepped.append(place + 1) }
            case .name: if isOfName(scalar) { stepped += [place, place + 1] }
            case .anything: stepped.append(place)
            }
        }
        return closed(stepped, form)
    }
}
