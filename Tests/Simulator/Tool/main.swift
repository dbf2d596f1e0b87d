import Simulation

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let first = arguments.first ?? 1
let last = arguments.dropFirst().first ?? first
for seed in first...last {
    let outcome = try Simulation.run(seed: seed, keepsTrace: first == last)
    if first == last { for line in outcome.lines { print(line) } }
    print(seed, outcome.summary)
}
