import Audits
import Base
import Registry

/// What a verification found, for people and for programs.
struct AuditVerdictView {
    let report: AuditVerification.Report

    func show(_ invocation: Invocation) {
        let output = Output(invocation)
        var table = TextTable([
            .init("CHAIN"), .init("ENTRIES", isNumber: true), .init("FROM", isNumber: true),
            .init("TO", isNumber: true),
        ])
        for chain in report.verdict.chains {
            table.add([
                chain.kind.rawValue, Figures.count(Int(chain.entries)),
                chain.entries == 0 ? "" : Figures.count(Int(chain.cutThrough) + 1),
                chain.head.map { Figures.count(Int($0.number)) } ?? "",
            ])
        }
        _ = output.table(table, empty: "no chain")
        invocation.terminal.line()
        for fault in report.verdict.faults { _ = output.line("BROKEN  \(Self.text(fault))") }
        for problem in report.problems { _ = output.line("BROKEN  \(problem)") }
        let untold =
            report.verdict.faultCount - report.verdict.faults.count + report.problemCount
            - report.problems.count
        if untold > 0 { _ = output.line("and \(Figures.count(untold)) more") }
        for note in notes { _ = output.line(note) }
        _ = output.line(report.isSound ? "The audit is whole." : "The audit is broken.")
    }

    private static func text(_ fault: AuditFault) -> String {
        guard let stamp = fault.stamp else { return fault.description }
        return "\(fault) (entry \(stamp.shortText), \(Figures.moment(stamp.time.iso8601)) UTC)"
    }

    private var notes: [String] {
        var notes: [String] = []
        if report.headsCompared > 0 {
            notes.append("\(Figures.count(report.headsCompared)) sealed heads were compared with the chains.")
        }
        if report.headsBeyond > 0 {
            notes.append(
                "\(Figures.count(report.headsBeyond)) sealed heads are of entries that are not there to compare: cut from the "
                    + "beginning, or beyond the period.")
        }
        if report.headsWithoutKeys > 0 {
            notes.append(
                "\(Figures.count(report.headsWithoutKeys)) sealed heads were not looked at: give the key set with --keys FILE."
            )
        }
        if report.headsCompared == 0 {
            notes.append(
                "No sealed head was compared: a chain that was written anew as a whole would not be found.")
        }
        if report.span?.to != nil {
            notes.append("It is the export of a period: of what came later it says nothing.")
        }
        for chain in report.verdict.chains where chain.entriesCutMeanwhile > 0 {
            notes.append(
                "Of `\(chain.kind.rawValue)` the entries up to \(Figures.count(Int(chain.cutThrough))) became too old while they were "
                    + "read, and went: what was read of them is not counted.")
        }
        if report.verdict.unchained > 0 {
            notes.append(
                "\(Figures.count(Int(report.verdict.unchained))) entries are from before there were chains: of them nothing can be said."
            )
        }
        return notes
    }

    var json: [UInt8] {
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.name("isSound")
        json.bool(report.isSound)
        json.name("chains")
        json.beginArray()
        for chain in report.verdict.chains {
            json.beginObject()
            json.member("kind", chain.kind.rawValue)
            for (name, number) in [
                ("entries", chain.entries), ("cutThrough", chain.cutThrough), ("to", chain.head?.number ?? 0),
                ("entriesCutMeanwhile", chain.entriesCutMeanwhile),
            ] {
                json.name(text: name)
                json.int(Int(number))
            }
            json.endObject()
        }
        json.endArray()
        json.name("faults")
        json.beginArray()
        for fault in report.verdict.faults {
            json.beginObject()
            json.member("kind", fault.kind.rawValue)
            json.name("number")
            json.int(Int(fault.number))
            if let stamp = fault.stamp { json.member("entry", stamp.shortText) }
            json.member("text", fault.description)
            json.endObject()
        }
        json.endArray()
        json.name("problems")
        json.beginArray()
        for problem in report.problems { json.string(problem) }
        json.endArray()
        for (name, number) in [
            ("faultCount", report.verdict.faultCount), ("problemCount", report.problemCount),
            ("headsCompared", report.headsCompared), ("headsBeyond", report.headsBeyond),
            ("headsWithoutKeys", report.headsWithoutKeys), ("unchained", Int(report.verdict.unchained)),
        ] {
            json.name(text: name)
            json.int(number)
        }
        json.endObject()
        return json.bytes
    }
}
