import Base
import FoundationEssentials
import Registry
import Tenancy
import Tiering

/// Something about a tenant's tier that its people and the audit are told, each once.
struct UpgradeNews: Hashable {
    /// The audit entry's action and the event's type.
    let action: String
    /// By the name of each: text that a person can read.
    var detail: [String: String] = [:]
    var outcome = AuditOutcome.done

    private init(_ action: String, _ detail: [String: String] = [:], outcome: AuditOutcome = .done) {
        self.action = action
        self.detail = detail
        self.outcome = outcome
    }

    /// What the rules have to tell of a tenant that would go to `target`.
    init(_ notice: UpgradeStanding.Notice, target: TierName?) {
        switch notice {
        case .near(let metric, let percent):
            self.init("tenant.near-limit", ["limit": metric.rawValue, "percent": "\(percent)"])
        case .outgrown(let rules):
            self.init("tenant.outgrown", ["rules": rules.map(\.text).joined(separator: ", ")])
            detail["target"] = target?.text
        case .fitsAgain: self.init("tenant.fits-again")
        case .fitsSmaller(let tier): self.init("tenant.fits-smaller", ["target": tier.text])
        }
    }

    static func requested(_ order: UpgradeStanding.Order) -> UpgradeNews {
        UpgradeNews("tenant.upgrade-requested", ["target": order.tier.text, "reason": order.reason])
    }

    static func approved(_ target: TierName?, isNow: Bool) -> UpgradeNews {
        var news = UpgradeNews("tenant.upgrade-approved", ["begins": isNow ? "now" : "in the next window"])
        news.detail["target"] = target?.text
        return news
    }

    static func refused(_ target: TierName?, reason: String) -> UpgradeNews {
        var news = UpgradeNews("tenant.upgrade-refused", ["reason": reason])
        news.detail["target"] = target?.text
        return news
    }

    /// Why it is moved: the rules that hold, or what somebody has asked for.
    static func begun(_ run: RunID, _ target: TierName, why: String) -> UpgradeNews {
        UpgradeNews(
            "tenant.upgrade-begun", ["run": run.text, "target": target.text, "why": why], outcome: .begun)
    }

    static func upgraded(from: TierName, to: TierName, run: String) -> UpgradeNews {
        UpgradeNews("tenant.upgraded", ["from": from.text, "to": to.text, "run": run])
    }

    static func takenBack(by person: AuditActor, run: RunID) -> UpgradeNews {
        UpgradeNews("tenant.upgrade-taken-back", ["by": person.text, "run": run.text])
    }

    static func failed(_ reason: String, next: Timestamp?) -> UpgradeNews {
        var news = UpgradeNews("tenant.upgrade-failed", ["reason": reason], outcome: .failed)
        news.detail["nextAttempt"] = next?.iso8601Seconds
        return news
    }

    /// The audit entry.
    func note(of tenant: TenantID, by actor: AuditActor) -> AuditNote {
        AuditNote(
            actor: actor, action: action, subject: tenant.text, tenant: tenant, detail: detail,
            outcome: outcome)
    }

    private struct Payload: Encodable {
        let tenant: TenantID
        let name: String
        let tier: String
        let detail: [String: String]
    }

    /// The event.
    func announcement(of record: TenantRecord) -> Announcement {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let payload = Payload(
            tenant: record.id, name: record.name, tier: record.tier.text, detail: detail)
        do {
            let json = String(decoding: try encoder.encode(payload), as: UTF8.self)
            return Announcement(type: action, tenant: record.id, payload: json)
        } catch { preconditionFailure("an event does not encode: \(error)") }
    }
}
