import Base

extension Limits {
    /// Erased key patterns of a tenant and its schools that an import is held against: some hundred bytes of memory each.
    static let erasureMarksMax = 200_000
}
