import Base
import Items
import JSONText
import Policies
import Tenancy

extension Inspection {
    /// Checks each resource by itself: its form, and whether the catalog has it.
    mutating func checkResources(_ statement: LintStatement, in source: LintSource) {
        guard let resources = statement.resources else { return }
        for (text, arn) in zip(resources.texts, resources.arns)
        where text.value != "*" && !text.isTemplate && text.isString {
            checkARN(text, arn, statement)
        }
    }

    private mutating func checkARN(
        _ text: LintText, _ resource: ResourceText?, _ statement: LintStatement
    ) {
        let segments = resource?.segments ?? Glob.segments(text.value)
        guard segments[0] == "arn" else {
            return report(
                "arn-prefix", text.position, "`\(text.value)` is no ARN and matches nothing",
                remedy: "write `arn:aws:dynamodb:*:*:table/…`")
        }
        guard let resource else { return reportIncomplete(text, segments) }
        if !Glob.covers(segments[1], "aws"), !["aws-cn", "aws-us-gov"].contains(segments[1]) {
            report(
                "arn-partition", text.position, "`\(segments[1])` is no partition in `\(text.value)`",
                remedy: "write `aws`")
        }
        guard checkService(resource, text, statement) else { return }
        checkRegion(resource, text)
        let account = segments[4]
        if !account.contains(where: { $0 == "*" || $0 == "?" }),
            account.utf8.count != 12 || !account.allSatisfy(\.isNumber)
        {
            report(
                "arn-account", text.position,
                account.isEmpty
                    ? "`\(text.value)` names no account" : "`\(account)` is no account of twelve digits",
                remedy: "write the account's number, or `*` for the one that the gateway has")
        }
        guard resource.kinds != nil else {
            return report(
                "arn-resource", text.position, "`\(resource.last)` has the form of no resource of DynamoDB",
                remedy: "write `table/NAME`, `table/NAME/index/NAME` or `table/NAME/stream/LABEL`")
        }
        checkCatalog(resource, text)
    }

    private mutating func reportIncomplete(_ text: LintText, _ segments: [String]) {
        var fix: [TextEdit] = []
        // The account, or the region and the account, are left out: what was meant is plain.
        if (4...5).contains(segments.count), segments[2] == "dynamodb", let last = segments.last,
            last.hasPrefix("table/")
        {
            let region = segments.count == 5 ? segments[3] : "*"
            let whole = "\(segments[0]):\(segments[1]):dynamodb:\(region):*:\(last)"
            fix = replacing(text, by: whole)
        }
        report(
            "arn-incomplete", text.position,
            "`\(text.value)` has \(segments.count) segments of six and matches nothing",
            remedy: "write `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME`, with `*` for what is left open",
            fix: fix)
    }

    /// An edit that puts another text in the place of one, where no escape is in the way.
    func replacing(_ text: LintText, by value: String) -> [TextEdit] {
        let written = bytes[text.range]
        guard written.count == text.value.utf8.count + 2,
            written.dropFirst().dropLast().elementsEqual(text.value.utf8)
        else { return [] }
        return [TextEdit(range: text.range.lowerBound + 1..<text.range.upperBound - 1, replacement: value)]
    }

    private mutating func checkService(
        _ resource: ResourceText, _ text: LintText, _ statement: LintStatement
    ) -> Bool {
        let service = resource.service
        if service == "dynamodb" || service == "sts" || service == "iam" { return service == "dynamodb" }
        if service.contains(where: { $0 == "*" || $0 == "?" }) { return Glob.covers(service, "dynamodb") }
        // An action of the same service has been shown.
        let isShown = statement.actions?.texts.contains { $0.value.hasPrefix("\(service):") } ?? false
        if isShown { return false }
        var fix: [TextEdit] = []
        if service.lowercased() == "dynamodb" {
            var segments = resource.segments
            segments[2] = "dynamodb"
            fix = replacing(text, by: segments.joined(separator: ":"))
        }
        report(
            "arn-service", text.position,
            fix.isEmpty
                ? "`\(text.value)` is a resource of `\(service)`, which Homeroom does not answer for"
                : "`\(service)` is written `dynamodb`; case matters in an ARN",
            remedy: fix.isEmpty ? "leave it to a policy in AWS and remove it here" : "write `dynamodb`",
            fix: fix)
        return false
    }

    private mutating func checkRegion(_ resource: ResourceText, _ text: LintText) {
        let region = resource.segments[3]
        if region.contains(where: { $0 == "*" || $0 == "?" }) { return }
        let isGlobal = resource.last.hasPrefix("global-table/")
        if region.isEmpty, isGlobal { return }
        let words = region.split(separator: "-", omittingEmptySubsequences: false)
        let isRegion =
            (3...4).contains(words.count) && (words.last?.allSatisfy(\.isNumber) ?? false)
            && words.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isLowercase } }
            && AWSRegions.isKnown(region)
        guard isGlobal || !isRegion else { return }
        report(
            "arn-region", text.position,
            region.isEmpty
                ? "`\(text.value)` names no region" : "`\(region)` is no region in `\(text.value)`",
            remedy: isGlobal
                ? "leave the region of a global table empty" : "write a region such as `us-east-1`, or `*`")
    }

    private mutating func checkCatalog(_ resource: ResourceText, _ text: LintText) {
        guard let catalog, resource.service == "dynamodb", let table = resource.table,
            !ResourceText.isPattern(table)
        else { return }
        let names = catalog.tables.map(\.name.text)
        guard let found = catalog.tables.first(where: { $0.name.text == table }) else {
            if let logical = names.first(where: { isPhysical(table, of: $0, catalog) }) {
                return report(
                    "physical-table", text.position, "`\(table)` is a physical table of `\(logical)`",
                    remedy: "write `table/\(logical)`")
            }
            return report(
                "unknown-table", text.position, "the catalog has no table `\(table)`",
                remedy: Suggestion.remedy(for: table, among: names))
        }
        guard let index = resource.index, !ResourceText.isPattern(index), found.index(named: index) == nil
        else { return }
        report(
            "unknown-index", text.position, "the table `\(table)` has no index `\(index)`",
            remedy: found.indexes.isEmpty
                ? "remove it: the table has no index"
                : Suggestion.remedy(for: index, among: found.indexes.map(\.name)))
    }

    /// Whether a name is a logical one with a tier behind it. Source: `PhysicalNames`.
    private func isPhysical(_ name: String, of logical: String, _ catalog: Catalog) -> Bool {
        catalog.tiers.contains { tier in
            let stem = "\(logical)-\(tier.name.text)"
            return name == stem || name.hasPrefix(stem + "-")
        }
    }
}

/// The regions of AWS. Source: AWS General Reference, "DynamoDB endpoints".
enum AWSRegions {
    static func isKnown(_ name: String) -> Bool { names.contains(name) }

    private static let names = Set(
        """
        af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 \
        ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 \
        ca-central-1 ca-west-1 cn-north-1 cn-northwest-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 \
        eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 \
        us-gov-east-1 us-gov-west-1 us-west-1 us-west-2
        """.split(separator: " ").map(String.init))
}
