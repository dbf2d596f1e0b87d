import Base
import Items
import SQLite
import Tables

/// The writer's connection with what it knows: tables, residents, statements. Used by one thread at a time.
final class WriterSession {
    let connection: Connection
    let clock: any Clock
    let tokens: TokenLog
    let journal: Journal
    let expiry = Expiry()
    /// Of writes that were accepted, be it that their commit failed.
    var rates: WriteRates
    var tallies = Tallies()
    /// INVARIANT (followed tables): whatever depends on the tables' options learns of each change of this set.
    var tables = TableSet() {
        didSet {
            journal.follow(tables)
            expiry.follow(tables)
        }
    }
    /// INVARIANT (statements): those of a table are of its indexes as they are now; thrown away whenever those change, and all
    /// of them after a rollback, which may have taken such a change back.
    private var statements: [Int: TableStatements] = [:]
    private var otherStatements: [String: Statement] = [:]
    /// INVARIANT (resident cache): equal to the table `residents` of the file, since only this session writes it;
    /// read again after a rollback.
    private var residents: [TenantID: Resident] = [:]
    /// Whether `tables` and `residents` may be other than the file's, since reading them again failed.
    private var isStale = false
    /// Whether the last commit failed, so that the log may hold a transaction which nobody was told of.
    ///
    /// INVARIANT (no late commit): while this is so no job is carried out. SQLite writes a transaction into the log, syncs it, and
    /// takes it for committed after that; where the sync fails it goes back in memory alone. Whoever opens the file after a crash
    /// would find it there, whole, behind everything that was decided since without it.
    var isInDoubt = false
    private let begin: Statement
    private let commit: Statement
    private let logChange: Statement
    #if MUTANTS
        /// What the change log does not tell of yet.
        var lateCaptures: [(tenant: TenantID, table: LocalTable, key: EncodedKey)] = []
    #endif

    init(
        path: String, files: any StoreFiles, mayCreate: Bool, health: StoreHealth, clock: any Clock
    ) throws(TableError) {
        self.clock = clock
        rates = WriteRates(now: clock.monotonicNanoseconds())
        do {
            connection = try StoreFile.openWriter(
                path: path, on: files, mayCreate: mayCreate, health: health)
            journal = try Journal(connection: connection, clock: clock)
            tokens = try TokenLog(connection: connection, clock: clock)
            begin = try connection.prepare("BEGIN IMMEDIATE")
            commit = try connection.prepare("COMMIT")
            logChange = try connection.prepare(
                "INSERT INTO changes (tenant, number, pk, sk) VALUES (?, ?, ?, ?)")
        } catch { throw .storage("\(error)") }
        try reload()
    }

    // MARK: Groups

    /// Carries out the jobs in one transaction: a result for each, all `.storage` where the commit failed.
    func commitGroup(_ jobs: [StoreWriter.Job]) -> [Result<[WriteOutcome], TableError>] {
        do {
            if isInDoubt { try writeOverDoubt() }
            if isStale { try reload() }
            #if MUTANTS
                try captureLate()
            #endif
            do { try begin.run() } catch { throw TableError.storage("\(error)") }
            var results: [Result<[WriteOutcome], TableError>] = []
            results.reserveCapacity(jobs.count)
            for job in jobs { results.append(try perform(job)) }
            do { try commit.run() } catch {
                isInDoubt = true
                throw TableError.storage("\(error)")
            }
            return results
        } catch {
            tallies.rollBack()
            return [Result<[WriteOutcome], TableError>](
                repeating: .failure(abandonGroup(after: error)), count: jobs.count)
        }
    }

    #if MUTANTS
        private func captureLate() throws {
            guard !lateCaptures.isEmpty else { return }
            let late = lateCaptures
            lateCaptures = []
            try begin.run()
            for capture in late { try self.capture(capture.tenant, table: capture.table, key: capture.key) }
            try commit.run()
        }
    #endif

    /// Commits a page as it is. It takes the place in the log of what a failed commit has written there, and with its first frame gone no
    /// reader of the log takes the rest for whole. Source: sqlite.org/fileformat2.html, 4.2 "Checksum Algorithm".
    private func writeOverDoubt() throws(TableError) {
        do {
            let version = try StoreFile.layout(of: connection)
            try connection.execute("BEGIN IMMEDIATE; PRAGMA user_version = \(version); COMMIT")
        } catch { throw .storage("\(error)") }
        isInDoubt = false
    }

    /// Takes out of a log that stays what nobody was told of.
    func settleDoubt() {
        guard isInDoubt else { return }
        // Where even that fails, whoever opens the file next finds what a crash would have left.
        do throws(TableError) { try writeOverDoubt() } catch { return }
    }

    /// Lets the file's log lie when the connection goes: what is in a damaged file is not written over, and what may not have come from
    /// the log to the file's disk is found by whoever opens it next.
    func leaveAsItIs() {
        // Where even that fails, closing copies acknowledged writes to where they belong: no harm that could be avoided here.
        do throws(SQLiteError) { try connection.keepLogOnClose() } catch { return }
    }

    private func abandonGroup(after error: any Error) -> TableError {
        var reason = "\(error)"
        if case .storage(let text)? = error as? TableError { reason = text }
        do {
            // Some failures, a full disk among them, have rolled back already. Source: sqlite.org/lang_transaction.html.
            if connection.isInTransaction { try connection.execute("ROLLBACK") }
            try reload()
        } catch {
            reason += "; and afterwards: \(error)"
        }
        return .storage(reason)
    }

    /// A refusal is a result; only a failure of the file is thrown, and ends the group.
    private func perform(_ job: StoreWriter.Job) throws(TableError) -> Result<[WriteOutcome], TableError> {
        switch job {
        case .write(let write, _):
            do { return .success(try perform(write)) } catch {
                if case .storage = error { throw error }
                return .failure(error)
            }
        case .control(let body, _):
            // A control job may write before it refuses: it is undone by itself.
            try execute("SAVEPOINT control")
            let counted = tallies
            do {
                try body(self)
                try execute("RELEASE control")
                return .success([])
            } catch {
                if case .storage = error { throw error }
                try execute("ROLLBACK TO control")
                tallies = counted
                try execute("RELEASE control")
                try reload()
                return .failure(error)
            }
        }
    }

    func execute(_ sql: String) throws(TableError) {
        do { try connection.execute(sql) } catch { throw .storage("\(error)") }
    }

    // MARK: Tables and residents

    private func reload() throws(TableError) {
        isStale = true
        do {
            var loaded = TableSet()
            let select = try connection.prepare("SELECT number, schema FROM tables")
            while try select.step() {
                let number = Int(select.integer(0))
                let text = select.text(1)
                // A deleted table leaves its number behind.
                guard !text.isEmpty else {
                    loaded.retire(number)
                    continue
                }
                loaded.insert(LocalTable(number: number, stored: try StoredJSON.table(text)))
            }
            select.reset()
            var standings: [TenantID: Resident] = [:]
            let all = try connection.prepare("SELECT tenant, resident FROM residents")
            while try all.step() {
                guard let tenant = TenantID(all.text(0)) else {
                    throw TableError.storage("the file names a tenant `\(all.text(0))`")
                }
                standings[tenant] = try StoredJSON.decode(all.text(1)) as Resident
            }
            all.reset()
            loaded.generation = tables.generation
            tables = loaded
            statements = [:]
            residents = standings
            isStale = false
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
    }

    func resident(_ tenant: TenantID) -> Resident? { residents[tenant] }

    var allResidents: [TenantID: Resident] { residents }

    func setResident(_ tenant: TenantID, to resident: Resident?) throws(TableError) {
        do {
            if let resident {
                let upsert = try connection.prepare(
                    """
                    INSERT INTO residents (tenant, resident) VALUES (?, ?)
                    ON CONFLICT (tenant) DO UPDATE SET resident = excluded.resident
                    """)
                try upsert.bind(tenant.text, at: 1)
                try upsert.bind(try StoredJSON.encode(resident), at: 2)
                try upsert.run()
            } else {
                let delete = try connection.prepare("DELETE FROM residents WHERE tenant = ?")
                try delete.bind(tenant.text, at: 1)
                try delete.run()
            }
        } catch let error as TableError { throw error } catch { throw .storage("\(error)") }
        residents[tenant] = resident
        // Relies on INVARIANT (journal in time): what is written here from now on is later than what was written where the tenant was.
        journal.noteTime()
    }

    // MARK: Parts that writes and moves share

    func statements(of table: LocalTable) throws(TableError) -> TableStatements {
        if let found = statements[table.number] { return found }
        do {
            let made = try TableStatements(table, on: connection)
            statements[table.number] = made
            return made
        } catch { throw .storage("\(error)") }
    }

    func forgetStatements(of table: LocalTable) { statements[table.number] = nil }

    /// A statement that is compiled once, for what does not happen at each write.
    func prepared(_ sql: String) throws(SQLiteError) -> Statement {
        if let found = otherStatements[sql] { return found }
        let made = try connection.prepare(sql)
        otherStatements[sql] = made
        return made
    }

    func capture(_ tenant: TenantID, table: LocalTable, key: EncodedKey) throws(TableError) {
        do {
            try logChange.bind(tenant.text, at: 1)
            try logChange.bind(table.number, at: 2)
            try logChange.bind(key.partition, at: 3)
            try logChange.bind(key.sort, at: 4)
            try logChange.run()
        } catch { throw .storage("\(error)") }
    }
}
