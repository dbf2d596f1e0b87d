/// What can be wrong with what exists.
public enum FindingKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A tenant that is served has no placement.
    case tenantUnplaced = "tenant-unplaced"
    /// A placement whose tenant is not recorded, or has left.
    case placementStray = "placement-stray"
    /// A placement in a store that is not recorded.
    case storeUnrecorded = "store-unrecorded"
    /// A store that has tenants has no file.
    case storeFileMissing = "store-file-missing"
    /// A file that is no recorded store's.
    case storeFileStray = "store-file-stray"
    /// A store's file cannot be opened.
    case storeUnreadable = "store-unreadable"
    /// A store recorded for one tenant, that has neither file nor tenant.
    case storeRecordStray = "store-record-stray"
    /// A store's record counts other tenants than have a place in it.
    case storeCount = "store-count"
    /// A pool takes no newcomers because of a run that has ended or never was.
    case poolClosed = "pool-closed"
    /// A name is reserved for a tenant that does not bear it.
    case nameStray = "name-stray"
    /// A tenant's name is reserved for nobody.
    case nameUnreserved = "name-unreserved"
    /// A key of a tenant that is not recorded.
    case credentialStray = "credential-stray"
    /// A lock held by a run that has ended or never was.
    case lockStale = "lock-stale"
    /// A run under way does not hold the lock it was started with.
    case lockMissing = "lock-missing"
    /// A run is marked as under way that has ended or never was.
    case openMarkStale = "open-mark-stale"
    /// A run under way is not marked so.
    case openMarkMissing = "open-mark-missing"
    /// A run is listed for a tenant that it is not about.
    case runMarkStale = "run-mark-stale"
    /// A run is not listed for the tenant it is about.
    case runMarkMissing = "run-mark-missing"
    /// An idempotency key stands for a run that never was.
    case idempotencyKeyStale = "idempotency-key-stale"
    /// A run under way that the engine does not get on with.
    case runAbandoned = "run-abandoned"
    /// The store that a placement names does not know the tenant.
    case residentMissing = "resident-missing"
    /// Placement and store do not agree about epoch or state.
    case residentDiffers = "resident-differs"
    /// Writes are held back, and no run will let them through.
    case fenceLeft = "fence-left"
    /// Writes are noted for a move that is not there.
    case captureLeft = "capture-left"
    /// A store knows a tenant that is placed elsewhere.
    case residentStray = "resident-stray"
    /// A table that a placement names is not there.
    case tableMissing = "table-missing"
    /// A table that no placement names.
    case tableStray = "table-stray"
    /// A table has another key than the catalog says.
    case tableDiffers = "table-differs"
    /// An index of the catalog is not there.
    case indexMissing = "index-missing"
    /// An index that is not in the catalog.
    case indexStray = "index-stray"
    /// A table's stream or time to live is not what the catalog says.
    case optionsDiffer = "options-differ"
    /// Items whose owner is not in this store.
    case itemsStray = "items-stray"
    /// Items whose keys are of no owner's form.
    case itemsUnowned = "items-unowned"
    /// Events out of their order.
    case outboxOrder = "outbox-order"
    /// An event that waits for longer than events are kept.
    case outboxOld = "outbox-old"
    /// A file in the data folder that nothing there is known to be.
    case fileStray = "file-stray"
    /// What was left of the writing of a file.
    case fileUnfinished = "file-unfinished"
    /// A file of a backup or of an export is not there.
    case fileMissing = "file-missing"
    /// A file of a backup or of an export has another size than was written.
    case fileDiffers = "file-differs"
    /// A receipt that is not as it was written, or not in its place in the chain.
    case receiptChain = "receipt-chain"
}
