import Foundation
import Simulation

// simulator seeds COUNT [FROM]     so many seeds, on all cores; says which end badly
// simulator seed SEED              one seed: its history, and the shortest that is found to end the same way
// simulator mutants [COUNT]        each deliberate fault (where they are compiled in), until a seed finds it
// simulator range FROM THROUGH     what `seeds` starts on each core
// simulator attempt PROGRAM        what `seed` starts for each program that it tries

Command.keepHashesInOrder()
let arguments = Array(CommandLine.arguments.dropFirst())
let numbers = arguments.dropFirst().compactMap { UInt64($0) }
do {
    switch (arguments.first, numbers.first) {
    case ("seeds", let count?): exit(try Command.seeds(count, from: numbers.dropFirst().first ?? 1))
    case ("seed", let seed?): exit(try Command.seed(seed))
    case ("mutants", let count): exit(try Command.mutants(count ?? 2000))
    case ("attempt", _): exit(try Command.attempt(arguments.dropFirst().first ?? ""))
    case ("range", let first?):
        exit(
            try Command.range(
                first...(numbers.dropFirst().first ?? first), stopsAtFirst: arguments.contains("first")))
    default:
        print("simulator seeds COUNT [FROM] | seed SEED | mutants [COUNT]")
        exit(2)
    }
} catch {
    print("the simulation cannot be run: \(error)")
    exit(2)
}
