import Base
import Tiering

/// Numbers, sizes and times as people read them.
enum Figures {
    /// `1,234,567`.
    static func count(_ number: Int) -> String {
        let digits = String(abs(number))
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return (number < 0 ? "-" : "") + result
    }

    /// `512 B`, `4.2 KB`, `1.3 MB`: powers of 1,000.
    static func bytes(_ number: Int) -> String {
        var value = Double(number)
        for unit in ["B", "KB", "MB", "GB"] {
            if value < 1000 { return unit == "B" ? "\(number) B" : "\(oneDecimal(value)) \(unit)" }
            value /= 1000
        }
        return "\(oneDecimal(value)) TB"
    }

    /// `0.4 s`, `42 s`, `3 min 5 s`, `2 h 10 min`.
    static func seconds(_ seconds: Double) -> String {
        if seconds < 10 { return "\(oneDecimal(seconds)) s" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole / 60 % 60) min"
    }

    /// `57 s, or 8 min 20 s while others write`: what a plan expects of a move.
    static func estimate(_ plan: JSONAnswer) -> String {
        let idle = seconds(plan["expectedSeconds"]?.double ?? 0)
        // A server of an earlier version has no second figure.
        let loaded = plan["expectedSecondsUnderLoad"]?.double.map(seconds) ?? idle
        return idle == loaded ? idle : "\(idle), or \(loaded) while others write"
    }

    /// `12.34 USD`: an amount in millionths of a currency's unit.
    static func money(_ micros: Int, _ currency: String) -> String {
        moneyText(micros: Int64(micros), currency: currency)
    }

    /// `12.34`: the same to a hundredth, for columns whose heading names the currency.
    static func amount(_ micros: Int) -> String {
        let hundredths = (abs(micros) + 5000) / 10_000
        let rest = hundredths % 100
        return
            "\(micros < 0 && hundredths > 0 ? "-" : "")\(count(hundredths / 100)).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// `3.4`.
    static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    /// A moment of the API (`2026-01-31T08:05:09.120Z`) as `2026-01-31 08:05:09`, in UTC; `?` for text that is none.
    static func moment(_ iso8601: String) -> String {
        guard iso8601.isEmpty || Timestamp(past: iso8601, before: Timestamp(milliseconds: 0)) != nil else {
            return "?"
        }
        return String(iso8601.prefix(19)).split(separator: "T").joined(separator: " ")
    }

    /// A moment of the API as `01-31 08:05`, in UTC, for lists that have no room for more.
    static func day(_ iso8601: String) -> String { String(moment(iso8601).dropFirst(5).prefix(11)) }
}
