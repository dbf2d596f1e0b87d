/// How the process ends.
struct ExitCode: RawRepresentable, Equatable, Sendable {
    /// What the shell sees, 0 to 255.
    let rawValue: Int32

    /// It did what it was asked.
    static let done = ExitCode(rawValue: 0)
    /// It could not; the reason is on standard error.
    static let failed = ExitCode(rawValue: 1)
    /// It was not asked in a way that it understands, or nobody has agreed to what cannot be undone.
    static let usage = ExitCode(rawValue: 2)
    /// The program that it was to start may not be started. Source: POSIX, "Exit Status for Commands".
    static let notExecutable = ExitCode(rawValue: 126)
    /// There is no such program. Source: as above.
    static let notFound = ExitCode(rawValue: 127)

    /// A signal ended the program that it has started. Source: as above; the number is that of common shells.
    static func signalled(_ number: Int32) -> ExitCode { ExitCode(rawValue: 128 + number) }

    /// What the codes mean, for `homeroom help exit-codes` and the manual page.
    static let meanings: [(code: String, meaning: String)] = [
        ("0", "done"),
        (
            "1",
            "refused or failed: the reason is on standard error. Of a review, a check or a comparison: something was found"
        ),
        (
            "2",
            "asked wrongly: an unknown command or option, a missing value, or something that cannot be undone and that nobody "
                + "has agreed to. Of a review: it could not be carried out"
        ),
        ("126", "`homeroom env -- COMMAND`: the command may not be started"),
        ("127", "`homeroom env -- COMMAND`: there is no such command"),
        (
            "128 + N",
            "`homeroom env -- COMMAND`: signal N ended the command. Otherwise its own code is handed on"
        ),
    ]
}
