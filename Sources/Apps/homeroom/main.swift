import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

let words = Array(CommandLine.arguments.dropFirst())
exit(Homeroom.run(words, environment: ProcessInfo.processInfo.environment, terminal: Terminal()).rawValue)
