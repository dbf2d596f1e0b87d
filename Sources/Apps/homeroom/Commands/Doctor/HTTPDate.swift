import Base

/// The dates of HTTP's header fields. Source: RFC 9110 section 5.6.7, IMF-fixdate.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT` as seconds since 1970; nil where it is no such date.
    static func seconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT",
            let month = months.firstIndex(of: parts[2])
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        // A moment that is written out does not depend on what time it is.
        return Timestamp(past: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z", before: SystemClock().now())?
            .seconds
    }
}
