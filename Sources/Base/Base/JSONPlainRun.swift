/// Runs of bytes that stand in a JSON string as they are.
public enum JSONPlainRun {
    /// The first index from `start` on whose byte ends a run of plain ones: a quote, a backslash, a control
    /// character.
    /// - Parameter highBits: becomes other than 0 where the run holds more than ASCII.
    public static func end(
        of raw: UnsafeRawBufferPointer, from start: Int, highBits: inout UInt64
    ) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index + 8 <= raw.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            // The lowest mark is exact: a borrow can only spoil the bytes above a true one.
            let marks =
                (((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | ((word &- ones &* 0x20) & ~word))
                & highs
            if marks != 0 {
                let bit = marks.trailingZeroBitCount
                highBits |= word & highs & ((1 << UInt64(bit)) &- 1)
                return index + bit / 8
            }
            highBits |= word & highs
            index += 8
        }
        while index < raw.count {
            let byte = raw[index]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return index }
            highBits |= UInt64(byte & 0x80)
            index += 1
        }
        return index
    }
}
