/// The parameters of a list, as a command's options have them.
struct ListQuery {
    private var parameters: [String] = []

    /// What the options with these names say; each is called as the parameter is.
    init(_ invocation: Invocation, _ names: [String]) {
        for name in names { add(name, invocation.value(name)) }
    }

    /// Whether nothing is asked for.
    var isEmpty: Bool { parameters.isEmpty }

    /// One more, where there is a value.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        parameters.append("\(name)=\(ControlClient.encoded(value))")
    }

    /// The list's path with them.
    func path(_ list: String) -> String {
        parameters.isEmpty ? list : "\(list)?\(parameters.joined(separator: "&"))"
    }

    /// The option by which a list is sorted.
    static func sort(_ fields: String..., standard: String) -> CommandOption {
        CommandOption(
            name: "sort", value: "FIELD",
            help: "\(fields.joined(separator: ", ")); with - before it the other way round",
            standard: standard, choices: fields.flatMap { [$0, "-" + $0] })
    }
}
