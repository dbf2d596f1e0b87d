import Items

extension StatementParser {
    /// Reads the whole statement.
    mutating func parseStatement() throws(ItemError) -> StatementSyntax {
        let statement = try parseClauses()
        _ = accept(.semicolon)
        guard token.kind == .end else { throw .leftOver }
        return statement
    }

    private mutating func parseClauses() throws(ItemError) -> StatementSyntax {
        switch token.lowered {
        case "select":
            advance()
            return .select(try parseSelect())
        case "exists" where tokenAfter.kind == .sign(.open):
            advance()
            advance()
            try expect("select")
            let select = try parseSelect()
            try expect(.close, "RIGHT_PAREN")
            return .exists(select)
        case "insert":
            advance()
            return try parseInsert()
        case "update":
            advance()
            let table = try parseTable()
            let changes = try parseChanges()
            return .update(table: table, changes, try parseWhere(), try parseReturning())
        case "from":
            advance()
            let table = try parseTable()
            let condition = try parseWhere()
            return .update(table: table, try parseChanges(), condition, try parseReturning())
        case "delete":
            advance()
            try expect("from")
            return .delete(table: try parseTable(), try parseWhere(), try parseReturning())
        default: throw .notWellFormed("Expected data manipulation")
        }
    }

    // MARK: SELECT

    private mutating func parseSelect() throws(ItemError) -> SelectSyntax {
        if token.isWord("value") || token.isWord("pivot") {
            throw .validation("Select projection doesn't support value or pivot keywords")
        }
        if token.isWord("distinct") { throw .validation("Unsupported clause: DISTINCT") }
        let projection = try parseProjection()
        try expect("from")
        var select = SelectSyntax(projection: projection, source: try parseSource())
        switch token.lowered {
        case "join", "inner", "left", "right", "full", "cross", "outer": throw .severalSources
        default: break
        }
        if token.kind == .sign(.comma) { throw .severalSources }
        try refuseAlias()
        select.condition = try parseWhere()
        for keyword in ["group", "having"] where token.isWord(keyword) {
            throw .validation("Unsupported clause: \(keyword == "group" ? "GROUP BY" : "HAVING")")
        }
        select.order = try parseOrder()
        if accept("limit") {
            let count = try parseExpression()
            throw places.error("Unsupported clause: LIMIT", at: count.range)
        }
        return select
    }

    private mutating func parseProjection() throws(ItemError) -> [SyntaxNode]? {
        var paths: [SyntaxNode] = []
        var hasStar = false
        repeat {
            if accept(.star) {
                hasStar = true
                continue
            }
            paths.append(try parseExpression())
            if token.isWord("as") || token.isName { throw .aliasing }
        } while accept(.comma)
        guard !hasStar else {
            guard paths.isEmpty else {
                throw .validation(
                    "Other attributes should not be present in the projection when '*' is used.")
            }
            return nil
        }
        return paths
    }

    /// Reads a table's name and, behind a point, its index's.
    private mutating func parseSource() throws(ItemError) -> [String] {
        guard token.isName else { throw .validation("Unexpected from source") }
        var names = [advance().text]
        while true {
            if accept(.point) {
                guard token.isName else { throw .notWellFormed("Invalid path dot component") }
                names.append(advance().text)
            } else if token.kind == .sign(.openBracket) {
                throw .validation("Invalid list expression in source.")
            } else {
                break
            }
        }
        guard names.count <= 2 else {
            throw .validation("A path may contain at most 2 components in the FROM clause")
        }
        guard names.allSatisfy({ !$0.isEmpty }) else { throw .emptyComponent }
        return names
    }

    private mutating func parseOrder() throws(ItemError) -> [PartiQLOrder] {
        guard accept("order") else { return [] }
        try expect("by")
        var order: [PartiQLOrder] = []
        repeat {
            let key = try parseExpression()
            guard let path = key.path, path.isTopLevel else {
                throw .validation("Argument to ORDER BY must be of type VariableReference. Type: Path")
            }
            let isDescending = token.isWord("desc")
            if isDescending || token.isWord("asc") { advance() }
            order.append(PartiQLOrder(name: path.attributeName, isDescending: isDescending))
        } while accept(.comma)
        return order
    }

    // MARK: What statements share

    /// Reads the name of the table that is written to.
    private mutating func parseTable() throws(ItemError) -> String {
        guard token.isName else { throw .notWellFormed("Expected identifier") }
        let name = advance().text
        switch token.kind {
        case .sign(.point), .sign(.openBracket), .sign(.comma): throw .notOneTable
        default: break
        }
        guard !name.isEmpty else { throw .emptyComponent }
        try refuseAlias()
        return name
    }

    private func refuseAlias() throws(ItemError) {
        if token.isName || token.isWord("as") || token.isWord("at") || token.isWord("by") { throw .aliasing }
    }

    private mutating func parseWhere() throws(ItemError) -> SyntaxNode? {
        accept("where") ? try parseExpression() : nil
    }

    // MARK: INSERT

    private mutating func parseInsert() throws(ItemError) -> StatementSyntax {
        try expect("into")
        guard token.isName else { throw .notWellFormed("Expected identifier") }
        let table = advance().text
        if token.kind == .sign(.point) { throw .notOneTable }
        guard !table.isEmpty else { throw .emptyComponent }
        guard accept("value") else {
            if token.isWord("values") || token.kind == .sign(.openSet) { throw .severalItems }
            throw .leftOver
        }
        let item = try parseExpression()
        if token.isWord("at") { throw .validation("AT is not supported in insert statements.") }
        if token.isWord("returning") { throw .validation("RETURNING is not supported in INSERT") }
        return .insert(table: table, item)
    }

    // MARK: UPDATE

    private mutating func parseChanges() throws(ItemError) -> [ChangeSyntax] {
        var changes: [ChangeSyntax] = []
        while true {
            if accept("set") {
                repeat {
                    let target = try parseTarget()
                    try expect(.equal, "EQ")
                    changes.append(ChangeSyntax(target: target, value: try parseExpression()))
                } while accept(.comma)
            } else if accept("remove") {
                changes.append(ChangeSyntax(target: try parseTarget(), value: nil))
            } else {
                break
            }
        }
        if changes.isEmpty { throw .notWellFormed("Expected data manipulation") }
        return changes
    }

    private mutating func parseTarget() throws(ItemError) -> SyntaxNode {
        let target = try parsePrimary()
        guard target.path != nil else {
            throw .validation("Unrecognized assignment target: \(places.words(target.range))")
        }
        return target
    }

    // MARK: RETURNING

    private mutating func parseReturning() throws(ItemError) -> PartiQLReturning? {
        guard accept("returning") else { return nil }
        let isModified = token.isWord("modified")
        guard isModified || token.isWord("all") else {
            throw .notWellFormed("Expected ALL or MODIFIED in RETURNING clause")
        }
        advance()
        let isNew = token.isWord("new")
        guard isNew || token.isWord("old") else {
            throw .notWellFormed("Expected NEW or OLD in RETURNING clause")
        }
        advance()
        guard accept(.star) else {
            throw .validation(
                "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause")
        }
        if token.kind == .sign(.comma) {
            throw .validation("Invalid syntax with multiple returning elements in RETURNING clause")
        }
        switch (isModified, isNew) {
        case (false, false): return .allOld
        case (false, true): return .allNew
        case (true, false): return .modifiedOld
        case (true, true): return .modifiedNew
        }
    }
}
