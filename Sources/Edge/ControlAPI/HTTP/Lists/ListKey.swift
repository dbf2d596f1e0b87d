/// What elements of a list are sorted by, as texts that sort as the values do.
enum ListKey {
    /// A number that is not negative: of one length.
    static func number(_ number: Int) -> String {
        let digits = String(max(0, number))
        return String(repeating: "0", count: digitsMax - digits.count) + digits
    }

    private static let digitsMax = String(Int.max).count
}
