import JSONText

/// A file's text by lines, to turn places in bytes into what other formats count.
struct SourceText {
    private let bytes: [UInt8]
    /// Where each line begins; at least one.
    private let starts: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            starts.append(offset + 1)
        }
        self.starts = starts
    }

    /// The bytes of a line, from 1, without its end; empty where there is no such line.
    func line(_ number: Int) -> ArraySlice<UInt8> {
        guard starts.indices.contains(number - 1) else { return [] }
        let end = number < starts.count ? starts[number] - 1 : bytes.count
        return bytes[starts[number - 1]..<end]
    }

    /// The place of a byte.
    func position(ofByte offset: Int) -> TextPosition {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return TextPosition(line: low + 1, column: offset - starts[low] + 1)
    }

    /// The column of a place in code points, from 1. A column behind the line's end stays as far behind it.
    func codePointColumn(of position: TextPosition) -> Int {
        let before = line(position.line).prefix(max(0, position.column - 1))
        let continuations = before.count { $0 & 0xC0 == 0x80 }
        return max(1, position.column - continuations)
    }
}
