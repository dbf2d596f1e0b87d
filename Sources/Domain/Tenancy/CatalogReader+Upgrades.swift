import Base
import JSONText

extension CatalogReader {
    /// A tier's `upgrade`; nil inside where there is none, nil where it is not as it must be.
    /// - Parameter schools: what the tier says of its schools; nil where that is not as it must be.
    mutating func upgrade(
        _ node: JSONText.Node?, schools: (max: Int?, Void)?
    ) -> (plan: UpgradePlan?, Void)? {
        guard let node else { return (nil, ()) }
        guard
            let object = object(
                node, "a tier's `upgrade`", needed: ["to", "mode", "rules"],
                optional: ["schoolsGrace", "coolDownHours"])
        else { return nil }
        let target = string(object["to"], "`to`").flatMap { text -> TierName? in
            guard let name = TierName(text) else {
                fault(object.position(of: "to"), "`\(text)` is no tier's name", "name a tier of this catalog")
                return nil
            }
            return name
        }
        let mode = choice(object["mode"], "`mode`", of: UpgradePlan.Mode.self)
        let elements = array(
            object["rules"], "`rules`", max: Limits.upgradeRulesMax, isEmptyAllowed: false)
        let rules = elements.compactMap { upgradeRule($0) }
        let grace =
            object["schoolsGrace"] == nil
            ? 0 : integer(object["schoolsGrace"], "`schoolsGrace`", in: 0...Limits.schoolsGraceMax)
        let coolDown =
            object["coolDownHours"] == nil
            ? Limits.coolDownHoursDefault
            : integer(object["coolDownHours"], "`coolDownHours`", in: 0...Limits.coolDownHoursMax)
        guard let target, let mode, let grace, let coolDown, rules.count == elements.count, !rules.isEmpty
        else { return nil }
        if grace > 0, let schools, let (message, remedy) = graceFault(schoolsMax: schools.max, rules) {
            fault(object.position(of: "schoolsGrace"), message, remedy)
            return nil
        }
        return (
            UpgradePlan(
                target: target, mode: mode, rules: rules, schoolsGrace: grace, coolDownHours: coolDown),
            ()
        )
    }

    /// What is wrong with letting more schools in than the tier has: nothing where a rule then says that the tenant is to go.
    private func graceFault(schoolsMax: Int?, _ rules: [UpgradeRule]) -> (message: String, remedy: String)? {
        guard let schoolsMax else {
            return ("a tier for any number of schools has no `schoolsGrace`", "remove it")
        }
        if rules.contains(where: { $0.metric == .schools && $0.above <= schoolsMax }) { return nil }
        return (
            "a tenant in its `schoolsGrace` would stay there, since no rule moves it for its schools",
            "add the rule {\"metric\": \"schools\", \"above\": \(schoolsMax)}"
        )
    }

    private mutating func upgradeRule(_ node: JSONText.Node) -> UpgradeRule? {
        guard
            let object = object(
                node, "a rule", needed: ["metric"],
                optional: ["above", "abovePercent", "forMinutes", "clearsAt"]),
            let metric = choice(object["metric"], "`metric`", of: UpgradeRule.Metric.self)
        else { return nil }
        let name = metric.isPercent ? "abovePercent" : "above"
        let other = metric.isPercent ? "above" : "abovePercent"
        if object[other] != nil {
            fault(
                object.position(of: other), "`\(metric.rawValue)` is compared by `\(name)`",
                "use `\(name)` in place of `\(other)`")
            return nil
        }
        guard object[name] != nil else {
            fault(object.position, "`\(name)` is missing in a rule", "add it")
            return nil
        }
        let most = metric.isPercent ? 100 : Limits.upgradeThresholdMax
        let above = integer(object[name], "`\(name)`", in: 0...most)
        let minutes =
            object["forMinutes"] == nil
            ? 0 : integer(object["forMinutes"], "`forMinutes`", in: 0...Limits.ruleMinutesMax)
        guard let above, let minutes else { return nil }
        // A tenth below, so that a metric on the threshold does not raise and clear it in turn.
        let clears =
            object["clearsAt"] == nil
            ? above - (above + 9) / 10 : integer(object["clearsAt"], "`clearsAt`", in: 0...above)
        guard let clears else { return nil }
        return UpgradeRule(metric: metric, above: above, forMinutes: minutes, clearsAt: clears)
    }

    /// Notes tiers that are upgraded to one that is not there, to themselves, or in a circle.
    mutating func checkUpgrades(of tiers: [Tier], at position: TextPosition) {
        for tier in tiers {
            guard let upgrade = tier.upgrade else { continue }
            guard tiers.contains(where: { $0.name == upgrade.target }) else {
                fault(
                    position, "tier `\(tier.name)` is upgraded to `\(upgrade.target)`, which is no tier",
                    Suggestion.remedy(
                        for: upgrade.target.text,
                        among: tiers.map(\.name.text).filter { $0 != tier.name.text }))
                continue
            }
            var seen: Set<TierName> = []
            var next: TierName? = tier.name
            while let name = next, seen.insert(name).inserted {
                next = tiers.first { $0.name == name }?.upgrade?.target
            }
            if next == tier.name {
                fault(
                    position, "the upgrades of tier `\(tier.name)` lead back to it",
                    "let each tier be upgraded to a larger one")
            }
        }
    }

    /// One of the words of a kind.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ node: JSONText.Node?, _ what: String, of kind: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let node, let text = string(node, what) else { return nil }
        guard let found = Choice(rawValue: text) else {
            fault(
                node.position, "\(what) is `\(text)`",
                Suggestion.remedy(for: text, among: kind.allCases.map(\.rawValue)))
            return nil
        }
        return found
    }
}
