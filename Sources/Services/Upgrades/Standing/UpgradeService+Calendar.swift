import Base
import Migrations
import Registry
import Tables
import Tenancy
import Tiering

extension UpgradeService {
    /// The opening in which the tenant's move would begin if somebody agreed to it now; nil where its calendar has none.
    /// - Parameter expectedSeconds: how long the move is expected to take under load, as a plan says.
    /// - Throws: `UpgradeError.noSuchTenant`.
    public func slot(
        of tenant: TenantID, expectedSeconds: Double
    ) throws(UpgradeError) -> MaintenanceCalendar.Slot? {
        guard let record = directory.entry(tenant)?.record else { throw .noSuchTenant(tenant) }
        return calendar(of: record).slot(
            at: clock.now(), lasting: UpgradeService.withMargin(expectedSeconds))
    }

    func calendar(of tenant: TenantRecord) -> MaintenanceCalendar {
        MaintenanceCalendar(catalog.maintenance, own: tenant.blackouts, wall: .zone(tenant.timezone))
    }

    /// What is to be done about the tenant now.
    func step(
        _ standing: UpgradeStanding, of tenant: TenantRecord, by plan: UpgradePlan?, at now: Timestamp
    ) -> UpgradeStanding.Step {
        standing.step(by: plan, calendar: calendar(of: tenant), lasting: seconds(of: tenant), at: now)
    }

    /// What a move of the tenant may take under load, in seconds, by the items that it is metered to have. Of one whose usage cannot be read nothing is
    /// known, and a look says so.
    private func seconds(of tenant: TenantRecord) -> Int64 {
        let items: Int
        do throws(TableError) { items = try meter.hour(of: tenant.id)?.items ?? 0 } catch { items = 0 }
        return UpgradeService.withMargin(moves.estimate(of: tenant, items: max(0, items)).loadedSeconds)
    }

    /// Half as much again as is expected, and a minute: whatever waits for a turn, or writes meanwhile, makes it longer.
    private static func withMargin(_ expectedSeconds: Double) -> Int64 {
        let percent = Double(100 + Limits.moveMarginPercent)
        let seconds = expectedSeconds * percent / 100 + Double(Limits.moveMarginSeconds)
        return Int64(min(seconds, Double(Limits.moveSecondsMax)).rounded(.up))
    }
}

extension Limits {
    /// What a move may take beyond what is expected of it, in percent of that.
    static let moveMarginPercent = 50
    /// The same, in seconds.
    static let moveMarginSeconds = 60
    /// The longest that is reckoned with: a year, longer than any opening.
    static let moveSecondsMax = 366 * 86_400
}
