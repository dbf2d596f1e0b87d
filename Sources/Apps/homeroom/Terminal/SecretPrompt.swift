import Base
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// Reads passwords and codes: from a file, from standard input, or from a person at the terminal without showing what they type.
/// Never from the command line, which every process of the machine can read.
enum SecretPrompt {
    /// The longest line that is read, in bytes.
    private static let bytesMax = 4096

    /// The secret that the option's file holds (`-` is standard input), else what is typed at the prompt.
    /// - Throws: `CommandFailure` where there is no file of that name, or neither option nor terminal.
    static func read(
        _ what: String, option: String, _ invocation: Invocation, isRepeated: Bool = false
    ) throws(CommandFailure) -> String {
        if let path = invocation.value(option) {
            guard let text = path == "-" ? line(of: 0) : fileLine(path) else {
                throw .failed("--\(option): cannot read from `\(path)`")
            }
            return text
        }
        guard let first = typed("\(what): ") else {
            throw .usage("there is no terminal to ask for the \(what.lowercased()) at; give --\(option) FILE")
        }
        guard isRepeated else { return first }
        guard typed("\(what) again: ") == first else {
            throw .failed("the two were not the same; nothing was changed")
        }
        return first
    }

    private static func fileLine(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return line(of: descriptor)
    }

    /// One line typed at the process's terminal, not shown; nil where it has none.
    private static func typed(_ prompt: String) -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var before = termios()
        guard tcgetattr(terminal, &before) == 0 else { return nil }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        silent.c_lflag |= tcflag_t(ECHONL)
        // Whoever interrupts the prompt gets their terminal back as it was: the shell restores it, as after any program.
        guard tcsetattr(terminal, TCSAFLUSH, &silent) == 0 else { return nil }
        defer { tcsetattr(terminal, TCSAFLUSH, &before) }
        let bytes = Array(prompt.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(terminal, $0.baseAddress, $0.count) }
        return line(of: terminal)
    }

    /// The first line, byte by byte so that nothing behind it is taken; nil at once where it cannot be read.
    private static func line(of descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        while bytes.count < bytesMax {
            var byte: UInt8 = 0
            let count = Glibc.read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            if byte == UInt8(ascii: "\n") { return text(bytes) }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : text(bytes)
    }

    private static func text(_ bytes: [UInt8]) -> String? {
        let line = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes[...]
        return String(validating: line, as: UTF8.self)
    }
}
