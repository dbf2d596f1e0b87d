import Base

extension [UInt8] {
    /// The bytes with one to `changesMax` changes: a byte replaced or removed, a piece put in, a stretch removed, doubled
    /// or cut off at the end.
    /// - Parameter pieces: what means much to the parser under test.
    public func mutated(
        _ random: SeededRandom, changesMax: Int = 4, pieces: [String] = []
    ) -> [UInt8] {
        var bytes = self
        for _ in 0...random.below(Swift.max(changesMax, 1)) {
            let place = random.below(bytes.count + 1)
            switch random.below(7) {
            case 0 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2 where !pieces.isEmpty:
                bytes.insert(contentsOf: Array(pieces[random.below(pieces.count)].utf8), at: place)
            case 3 where place < bytes.count:
                bytes.removeSubrange(place..<Swift.min(bytes.count, place + 1 + random.below(20)))
            case 4 where place < bytes.count:
                let stretch = bytes[place..<Swift.min(bytes.count, place + 1 + random.below(30))]
                bytes.insert(contentsOf: stretch, at: random.below(bytes.count + 1))
            case 5 where place < bytes.count: bytes[place] = bytes[random.below(bytes.count)]
            case 6: bytes.removeLast(Swift.min(bytes.count, random.below(8)))
            default: bytes.insert(UInt8(truncatingIfNeeded: random.next() % 128), at: place)
            }
        }
        return bytes
    }
}

extension SeededRandom {
    /// A number from 0 to before `bound`, which is above 0.
    public func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Whether a chance of one in `count` came true.
    public func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    /// One of these, which are not none.
    public func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}
