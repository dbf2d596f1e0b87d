extension CompiledPolicySet {
    /// What stands in a variable's place.
    enum Resolved {
        case missing
        case ownBytes(Slice)
        case principal(Slice)
        case context(Slice)
    }

    /// The value of a variable. A key with several values has none that could stand in its place: it counts
    /// as missing.
    func resolve(_ variable: Variable, _ request: DecisionRequest) -> Resolved {
        let own = request.principal.values.find(
            variable.key, tagHash: variable.tagHash, tag: variable.tag, in: bytes)
        if own >= 0 {
            let entry = request.principal.values.entries[own]
            return entry.first == entry.last
                ? .principal(request.principal.values.values[entry.first].slice) : .missing
        }
        let index = request.context.find(
            variable.key, tagHash: variable.tagHash, tag: variable.tag, in: bytes)
        if index >= 0 {
            let entry = request.context.entries[index]
            return entry.first == entry.last ? .context(request.context.values[entry.first].slice) : .missing
        }
        return variable.defaultValue.count >= 0 ? .ownBytes(variable.defaultValue) : .missing
    }

    /// Compares an ARN segment by segment; `colons` are the input's first five.
    func matches(_ arn: ARN, _ input: Span<UInt8>, _ colons: SIMD8<Int32>, _ request: DecisionRequest) -> Bool
    {
        switch arn.shape {
        case .everything: return true
        case .nothing: return false
        case .segments: break
        }
        guard colons[0] >= 0 else { return false }
        // The last segment first: it is the one that tells resources apart.
        let last = input.extracting(Int(colons[4]) + 1..<input.count)
        guard matches(patterns[arn.first + 5], last, request, ignoresCase: false) else { return false }
        var start = 0
        for segment in 0..<5 {
            let end = Int(colons[segment])
            let pattern = patterns[arn.first + segment]
            if pattern.shape != .any {
                guard matches(pattern, input.extracting(start..<end), request, ignoresCase: false) else {
                    return false
                }
            }
            start = end + 1
        }
        return true
    }

    /// Compares a whole value with a pattern. A substituted value is literal: its `*` and `?` are characters.
    func matches(_ pattern: Pattern, _ input: Span<UInt8>, _ request: DecisionRequest, ignoresCase: Bool)
        -> Bool
    {
        switch pattern.shape {
        case .any: return true
        case .literal where !ignoresCase:
            return pattern.slice.count == input.count
                && isSame(
                    bytes.span.extracting(pattern.slice.start..<pattern.slice.start + pattern.slice.count),
                    input)
        case .literal, .general: break
        }
        if ignoresCase { return isSameIgnoringCase(pattern, input, request) }
        return matchesTokens(pattern.slice, input, request)
    }

    /// One place to come back to is enough: the last `*` can always take what an earlier one could have
    /// taken.
    private func matchesTokens(_ slice: Slice, _ input: Span<UInt8>, _ request: DecisionRequest) -> Bool {
        let end = slice.start + slice.count
        var token = slice.start
        var offset = 0
        var tokenAfterStar = -1
        var offsetAfterStar = 0
        while true {
            if token == end {
                if offset == input.count { return true }
            } else {
                let part = tokens[token]
                var length = -1
                switch part.kind {
                case .any:
                    token += 1
                    if token == end { return true }
                    tokenAfterStar = token
                    offsetAfterStar = offset
                    continue
                case .one:
                    if offset < input.count {
                        length = min(UTF8Step.length(of: input[offset]), input.count - offset)
                    }
                case .literal: length = lengthOfPrefix(bytes, part.slice, input, offset)
                case .variable:
                    switch resolve(variables[part.slice.start], request) {
                    case .missing: return false
                    case .ownBytes(let value): length = lengthOfPrefix(bytes, value, input, offset)
                    case .principal(let value):
                        length = lengthOfPrefix(request.principal.values.bytes, value, input, offset)
                    case .context(let value):
                        length = lengthOfPrefix(request.context.bytes, value, input, offset)
                    }
                }
                if length >= 0 {
                    offset += length
                    token += 1
                    continue
                }
            }
            guard tokenAfterStar >= 0, offsetAfterStar < input.count else { return false }
            offsetAfterStar += UTF8Step.length(of: input[offsetAfterStar])
            guard offsetAfterStar <= input.count else { return false }
            offset = offsetAfterStar
            token = tokenAfterStar
        }
    }

    /// How many bytes `slice` of `pool` has, where `input` goes on with them; else -1.
    @inline(__always)
    private func lengthOfPrefix(_ pool: [UInt8], _ slice: Slice, _ input: Span<UInt8>, _ offset: Int) -> Int {
        guard slice.count <= input.count - offset else { return -1 }
        let wanted = pool.span.extracting(slice.start..<slice.start + slice.count)
        return isSame(wanted, input.extracting(offset..<offset + slice.count)) ? slice.count : -1
    }

    @inline(__always) private func isSame(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        for offset in 0..<left.count where left[offset] != right[offset] { return false }
        return true
    }

    /// `StringEqualsIgnoreCase`, whose patterns have no wildcards. Letters of ASCII are folded in place;
    /// where others stand, both texts are put in lower case as Unicode does it, which allocates.
    private func isSameIgnoringCase(_ pattern: Pattern, _ input: Span<UInt8>, _ request: DecisionRequest)
        -> Bool
    {
        var offset = 0
        var isFolded = true
        if pattern.shape == .literal {
            guard fold(bytes, pattern.slice, input, &offset, &isFolded) else { return false }
        } else {
            for token in tokens[pattern.slice.start..<pattern.slice.start + pattern.slice.count]
            where isFolded {
                guard let found = piece(token, request) else { return false }
                guard fold(found.pool, found.slice, input, &offset, &isFolded) else { return false }
            }
        }
        if isFolded { return offset == input.count }
        return isSameInLowerCase(pattern, input, request)
    }

    /// The bytes that a token without wildcards stands for.
    private func piece(_ token: Token, _ request: DecisionRequest) -> (pool: [UInt8], slice: Slice)? {
        switch token.kind {
        case .literal: return (bytes, token.slice)
        case .any, .one: return nil
        case .variable:
            switch resolve(variables[token.slice.start], request) {
            case .missing: return nil
            case .ownBytes(let slice): return (bytes, slice)
            case .principal(let slice): return (request.principal.values.bytes, slice)
            case .context(let slice): return (request.context.bytes, slice)
            }
        }
    }

    /// Whether `input` goes on with a piece, ASCII letters in any case; `isFolded` becomes false at other
    /// letters.
    private func fold(
        _ pool: [UInt8], _ slice: Slice, _ input: Span<UInt8>, _ offset: inout Int, _ isFolded: inout Bool
    ) -> Bool {
        for index in slice.start..<slice.start + slice.count {
            guard pool[index] < 0x80, offset < input.count ? input[offset] < 0x80 : true else {
                isFolded = false
                return true
            }
            guard offset < input.count, lower(pool[index]) == lower(input[offset]) else { return false }
            offset += 1
        }
        return true
    }

    @inline(__always) private func lower(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    private func isSameInLowerCase(_ pattern: Pattern, _ input: Span<UInt8>, _ request: DecisionRequest)
        -> Bool
    {
        var text: [UInt8] = []
        if pattern.shape == .literal {
            text += bytes[pattern.slice.start..<pattern.slice.start + pattern.slice.count]
        } else {
            for token in tokens[pattern.slice.start..<pattern.slice.start + pattern.slice.count] {
                guard let found = piece(token, request) else { return false }
                text += found.pool[found.slice.start..<found.slice.start + found.slice.count]
            }
        }
        var other: [UInt8] = []
        for offset in 0..<input.count { other.append(input[offset]) }
        return String(decoding: text, as: UTF8.self).lowercased().utf8
            .elementsEqual(String(decoding: other, as: UTF8.self).lowercased().utf8)
    }
}
