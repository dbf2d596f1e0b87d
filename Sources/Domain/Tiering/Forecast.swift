import Base

/// When a growing figure passes a limit at its present rate of growth: a straight line through its last days (least squares), nothing
/// cleverer. It says nothing where there are fewer days than `Limits.forecastDaysMin`, and nothing beyond `Limits.forecastDaysAhead`.
public struct Forecast: Hashable, Sendable {
    /// Growth a day.
    public let perDay: Double
    /// The line's value on the last day.
    public let now: Double

    /// A line through the values of days that follow each other, the last one today; nil where they are too few. A day without a value is
    /// left out.
    public init?(days: [Double?]) {
        let points = days.enumerated().suffix(Limits.forecastDaysSeen).compactMap { day, value in
            value.map { (x: Double(day), y: $0) }
        }
        guard points.count >= Limits.forecastDaysMin, let last = points.last else { return nil }
        let count = Double(points.count)
        let meanX = points.reduce(0) { $0 + $1.x } / count
        let meanY = points.reduce(0) { $0 + $1.y } / count
        let spread = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        let slope = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / spread
        perDay = slope
        now = meanY + slope * (last.x - meanX)
    }

    /// In how many days the limit is passed: 0 where it is already; nil where it is not within `Limits.forecastDaysAhead`.
    public func days(until limit: Double) -> Int? {
        guard now <= limit else { return 0 }
        guard perDay > 0 else { return nil }
        let days = (limit - now) / perDay
        guard days <= Double(Limits.forecastDaysAhead) else { return nil }
        return Int(days.rounded(.up))
    }
}

extension Limits {
    /// Days that a forecast needs.
    public static let forecastDaysMin = 14
    /// Days that a forecast looks back.
    public static let forecastDaysSeen = 90
    /// Days that a forecast looks ahead.
    public static let forecastDaysAhead = 90
}
