extension AddressRange {
    /// The first and the last address of the range, as text.
    package var edges: [String] {
        let last = prefixBits == 128 ? bits : bits | (UInt128.max >> UInt128(prefixBits))
        return [text(of: bits), text(of: last)]
    }

    private func text(of address: UInt128) -> String {
        if isIPv4 {
            return stride(from: 24, through: 0, by: -8).map { String((address >> UInt128($0)) & 0xFF) }
                .joined(separator: ".")
        }
        return stride(from: 112, through: 0, by: -16)
            .map { String((address >> UInt128($0)) & 0xFFFF, radix: 16) }.joined(separator: ":")
    }
}
