import Base

extension CalendarDate {
    /// The school year that the day is in, July to June: `2025-2026`.
    var schoolYear: String {
        let first = month >= 7 ? year : year - 1
        return "\(first)-\(first + 1)"
    }
}
