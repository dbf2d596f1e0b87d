import Base

/// Which of a chain's sealed heads are kept: the newest, the first of each hour of the last two days, the first of each day
/// before them. Pure.
enum HeadHistory {
    /// Which of the heads signed at these moments, from the oldest to the newest, are not kept any more: their places in the list.
    static func surplus(_ times: [Timestamp], now: Timestamp, max: Int = Limits.auditHeadsMax) -> [Int] {
        guard times.count > 1 else { return [] }
        let hourly = now.advanced(bySeconds: -Int64(Limits.auditHeadHours) * 3600)
        var surplus: [Int] = []
        var kept: [Int] = []
        var previous: Timestamp?
        for (place, time) in times.enumerated() {
            let span: Int64 = time < hourly ? 86_400 : 3600
            let isFirst = previous.map { floor($0.seconds, span) != floor(time.seconds, span) } ?? true
            if isFirst || place == times.count - 1 {
                kept.append(place)
                previous = time
            } else {
                surplus.append(place)
            }
        }
        return (surplus + kept.dropLast(max)).sorted()
    }

    private static func floor(_ seconds: Int64, _ span: Int64) -> Int64 {
        (seconds - ((seconds % span) + span) % span) / span
    }
}
