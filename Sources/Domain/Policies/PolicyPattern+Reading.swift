import JSONText

extension PolicyPattern {
    /// Reads a value as the reader of documents does, for tools that look at documents with faults in them.
    /// - Parameters:
    ///   - wildcards: whether `*` and `?` are more than characters.
    ///   - variables: whether `${…}` is.
    /// - Returns: nil where the value cannot be read; the reader says why.
    public static func read(_ text: String, wildcards: Bool, variables: Bool) -> PolicyPattern? {
        var syntax: Syntax = wildcards ? .wildcards : []
        if variables { syntax.insert(.variables) }
        do throws(Fault) { return try PolicyPattern(parsing: text, syntax) } catch { return nil }
    }
}

extension PolicyProblem {
    /// Those of the variables that no session has a value for: a folder that holds one is not loaded.
    public static func unsupplied(
        _ variables: [PolicyVariable], file: String, position: TextPosition
    ) -> [PolicyProblem] {
        var reader = PolicyReader(file: file)
        reader.reportUnsupplied(variables, position)
        return reader.problems
    }

    /// Everything that keeps a role's file from being loaded by itself; the name is that of the file.
    public static func problems(ofRole bytes: [UInt8], file: String, name: String) -> (
        role: RoleDefinition?, problems: [PolicyProblem]
    ) {
        var reader = PolicyReader(file: file)
        let role = reader.readRole(bytes, name: name)
        return (role, reader.problems.sorted())
    }
}
