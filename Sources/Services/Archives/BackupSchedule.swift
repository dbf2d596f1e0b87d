import Base
import Crypto
import Registry
import Tenancy

/// How a tenant's scheduled backups stand.
public struct BackupSchedule: RegistryRecord {
    /// Where the records of this kind lie.
    public static let partition = "backup-schedule"

    /// The tenant.
    public let id: TenantID
    /// The beginning of the interval that the last backup was started for.
    public var interval: Timestamp
    /// The run of the last one, until its end was seen.
    public var run: RunID?
    /// When the last one that came to a good end was started.
    public var madeAt: Timestamp?
    /// How many have failed since.
    public var failures = 0
    /// When the last one failed.
    public var failedAt: Timestamp?
    /// Why.
    public var failure: String?
    /// Intervals that passed without a backup, in all: the process was not running, or others were due before.
    public var missed = 0
    /// How many times the record was written.
    public var version: Int64 = 0

    /// A schedule that begins with this interval.
    init(id: TenantID, interval: Timestamp) {
        self.id = id
        self.interval = interval
    }
}

/// When a tenant's backups are due: once in each interval of its tier's hours. Where in the interval is by the tenant's id, so that
/// the tenants of a tier are spread over it.
struct BackupTimetable {
    let everyMilliseconds: Int64
    private let offset: Int64

    init(everyHours: Int, tenant: TenantID) {
        everyMilliseconds = Int64(everyHours) * 3_600_000
        let bits = SHA256.hash(tenant.text).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        offset = Int64(UInt64(littleEndian: bits) % UInt64(everyMilliseconds))
    }

    /// The beginning of the interval that `time` is in.
    func interval(at time: Timestamp) -> Timestamp {
        let (since, every) = (time.milliseconds - offset, everyMilliseconds)
        return Timestamp(milliseconds: time.milliseconds - ((since % every) + every) % every)
    }

    /// What is due.
    enum Due: Equatable {
        /// A backup for the interval that began then; so many intervals before it passed without one.
        case backup(Timestamp, missed: Int)
        /// The failed one is tried again.
        case retry
        case nothing
    }

    /// What is due at `now`.
    ///
    /// A clock that was set back by less than an interval finds the interval done already, so nothing is made twice, and goes on
    /// with the next one. One that had been set forward by more left an interval that lies in the future: the present one then
    /// counts as done, so the next backup comes within an interval and not when the clock gets there again.
    func due(_ schedule: BackupSchedule?, createdAt: Timestamp, now: Timestamp) -> Due {
        let current = interval(at: now)
        guard let schedule else {
            return interval(at: createdAt) < current ? .backup(current, missed: 0) : .nothing
        }
        if schedule.interval.milliseconds > now.milliseconds + everyMilliseconds {
            return .backup(current, missed: 0)
        }
        if schedule.interval < current {
            let passed = current.milliseconds(since: schedule.interval) / everyMilliseconds
            return .backup(current, missed: max(0, Int(passed) - 1))
        }
        guard let failedAt = schedule.failedAt else { return .nothing }
        let wait = min(Limits.backupRetrySeconds * 1000, everyMilliseconds)
        return abs(now.milliseconds(since: failedAt)) >= wait ? .retry : .nothing
    }
}
