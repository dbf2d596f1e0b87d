import Base
import Tenancy

/// A month of the calendar, in UTC.
public struct CalendarMonth: Hashable, Sendable, CustomStringConvertible {
    /// Its first moment.
    public let start: Timestamp
    /// The first moment of the next one.
    public let end: Timestamp

    /// The month that holds the moment.
    public init(holding moment: Timestamp) {
        let text = String(moment.iso8601.prefix(7))
        guard let month = CalendarMonth(text) else { preconditionFailure("no month holds \(moment.iso8601)") }
        self = month
    }

    /// Reads `2026-11`; nil where it is no month.
    public init?(_ text: String) {
        guard text.utf8.count == 7, let first = LocalDate(text + "-01") else { return nil }
        // No month is longer, and the next one is never shorter than what is left of these.
        let inNext = LocalDate(dayNumber: first.dayNumber + 31)
        guard let next = LocalDate(String(inNext.description.prefix(7)) + "-01") else { return nil }
        start = Timestamp(milliseconds: Int64(first.dayNumber) * 86_400_000)
        end = Timestamp(milliseconds: Int64(next.dayNumber) * 86_400_000)
    }

    /// `2026-11`.
    public var description: String { String(start.iso8601.prefix(7)) }

    /// Its length.
    public var seconds: Double { Double(end.milliseconds(since: start)) / 1000 }
}

/// What a tenant has used in a month, or in the part of it that is over.
public struct BilledMonth: Hashable, Sendable {
    /// Tables that it has, each by the part that it bears: 1 for its own, 1/n where n tenants share it.
    public var tableShares: Double
    /// Bytes times seconds.
    public var byteSeconds: Double
    /// Bytes at the end of what is over.
    public var bytesNow: Double
    /// Read units.
    public var readUnits: Double
    /// Write units.
    public var writeUnits: Double
    /// How much of the month is over, and the tenant was there, in seconds.
    public var secondsOver: Double
    /// How much of it is to come, in seconds: 0 for a month of the past.
    public var secondsLeft: Double
    /// How long the whole month is, in seconds.
    public var secondsInAll: Double

    /// A month.
    public init(
        tableShares: Double, byteSeconds: Double, bytesNow: Double, readUnits: Double, writeUnits: Double,
        secondsOver: Double, secondsLeft: Double, secondsInAll: Double
    ) {
        self.tableShares = tableShares
        self.byteSeconds = byteSeconds
        self.bytesNow = bytesNow
        self.readUnits = readUnits
        self.writeUnits = writeUnits
        self.secondsOver = secondsOver
        self.secondsLeft = secondsLeft
        self.secondsInAll = secondsInAll
    }

    /// What it costs so far.
    public func cost(by prices: PriceList) -> CostEstimate {
        estimate(prices, byteSeconds: byteSeconds, unitsTimes: 1, seconds: secondsOver)
    }

    /// What it will have cost at the month's end if all goes on as it is: the tables and bytes of now, and units at the month's average so
    /// far. An average of less than an hour is none: it is taken as that of an hour.
    public func projectedCost(by prices: PriceList) -> CostEstimate {
        let measured = max(secondsOver, Limits.projectionSecondsMin)
        return estimate(
            prices, byteSeconds: byteSeconds + bytesNow * secondsLeft,
            unitsTimes: 1 + secondsLeft / measured, seconds: secondsOver + secondsLeft)
    }

    private func estimate(
        _ prices: PriceList, byteSeconds: Double, unitsTimes: Double, seconds: Double
    ) -> CostEstimate {
        guard seconds > 0 else { return CostEstimate(BilledUsage(), by: prices, months: 0) }
        let usage = BilledUsage(
            tableShares: tableShares, bytes: byteSeconds / seconds, readUnits: readUnits * unitsTimes,
            writeUnits: writeUnits * unitsTimes)
        return CostEstimate(usage, by: prices, months: seconds / secondsInAll)
    }
}

extension CostEstimate {
    /// The cost in `count` parts that differ by a millionth of each line at most, and add up to it.
    /// - Parameter count: at least 1.
    public func parts(_ count: Int) -> [CostEstimate] {
        precondition(count > 0, "a cost has a part at least")
        return (0..<count).map { index in
            CostEstimate(
                currency: currency,
                micros: micros.mapValues { line in
                    line / Int64(count) + (Int64(index) < line % Int64(count) ? 1 : 0)
                })
        }
    }

    /// Nothing, by these prices.
    public static func nothing(by prices: PriceList) -> CostEstimate {
        CostEstimate(BilledUsage(), by: prices, months: 0)
    }
}

extension Limits {
    /// Seconds of a month that a projection needs to go by.
    static let projectionSecondsMin: Double = 3600
}
