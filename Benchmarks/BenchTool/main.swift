#if canImport(Glibc)
    import Glibc
#endif

// What Benchmarks/run cannot do by itself: sign requests, and measure what has no socket. Each command prints figures as lines
// of `name value`.
//
//     bench-tool requests get|put|query|update|transact|batch|load|load-classes --host H --school S --items N --count N --seed N --out FILE
//                                      signed requests, credentials in BENCH_KEY_ID, BENCH_SECRET and BENCH_TOKEN
//     bench-tool decisions FOLDER      the teacher's policy of a policy folder
//     bench-tool asked FOLDER FILE --tenant T --school S
//                                      the same role's answers to the questions of a file
//     bench-tool proofs FOLDER CATALOG proofs of isolation of a policy folder, and of a large document
//     bench-tool signatures            tokens signed with ES256; requests verified by Signature Version 4
//     bench-tool writes FILE SECONDS SEED --school S --items N
//                                      SQLite's own writes in groups of 64, synced, to a file that is made at first
//     bench-tool audit N --folder FOLDER
//                                      a registry with N entries of the audit: appended to, searched, verified
//     bench-tool backups FOLDER CATALOG --items N
//                                      backup and restore of one tenant; what a recovery window's journal costs a write
//     bench-tool move FOLDER CATALOG --items N --rounds N
//                                      moves of one tenant from a pool to a store of its own, beside SQLite's INSERT … SELECT
//     bench-tool export FOLDER CATALOG --items N
//                                      an export of one tenant, beside a plain SELECT of the same rows
//     bench-tool fill FILE TABLE --schools S,S,... --items N --bytes B
//                                      items of many schools with notes of so many bytes, through the engine
//     bench-tool send LANE,RATE,FILE … --host H --connections N
//                                      requests of files at fixed rates, until standard input ends, and how long their answers took

do {
    var arguments = Arguments(CommandLine.arguments.dropFirst())
    switch try arguments.next("command") {
    case "requests": try SignedRequestFile(&arguments).write()
    case "decisions": try DecisionRate(&arguments).measure()
    case "asked": try AskedDecisions(&arguments).measure()
    case "proofs": try ProofTime(&arguments).measure()
    case "signatures": try SignatureRate().measure()
    case "audit": try AuditRate(&arguments).measure()
    case "backups": try BackupRate(&arguments).measure()
    case "move": try MoveRate(&arguments).measure()
    case "export": try ExportRate(&arguments).measure()
    case "fill": try PoolFill(&arguments).fill()
    case "send": try PacedLoad(&arguments).send()
    case "writes": try RawWrites(&arguments).measure()
    case let other: throw UsageError(text: "there is no command `\(other)`")
    }
} catch {
    let text = "bench-tool: \(error)\n"
    write(STDERR_FILENO, text, text.utf8.count)
    exit(1)
}
