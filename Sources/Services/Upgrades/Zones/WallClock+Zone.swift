import Base
import FoundationEssentials
import FoundationInternationalization
import Tenancy
import Tiering

extension WallClock {
    /// The clock on the wall of a zone of the IANA database, by the rules that the toolchain's Foundation holds; UTC for a name that is
    /// newer than these.
    public static func zone(_ name: TimeZoneName) -> WallClock {
        guard let zone = TimeZone(identifier: name.text) else { return WallClock { _ in 0 } }
        return WallClock { moment in
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000))
        }
    }
}
