/// Why something was not begun: there is not enough room for it. Nothing was made.
public struct NoCapacity: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is missing, and what to do.
    public let description: String

    /// Not enough room, in words for people.
    public init(_ description: String) { self.description = description }
}

/// A disk's room, in bytes.
public struct FreeSpace: Hashable, Sendable {
    /// What may still be written.
    public let free: Int
    /// What the disk holds in all.
    public let total: Int

    /// So many bytes of so many.
    public init(free: Int, total: Int) {
        self.free = free
        self.total = total
    }

    /// What stays free whatever is begun.
    var reserve: Int { min(Limits.freeBytesMin, total / Limits.freeShareMin) }
}

/// Looks whether there is room for something before any of it is made: a run that fails for want of room half way through
/// costs more than a refusal at its start. It promises nothing: whoever comes next may take the room.
public struct CapacityCheck: Sendable {
    /// The disk that the data is on.
    private let disk: @Sendable () throws -> FreeSpace
    /// Files that this process may still open; nil where nothing limits them.
    private let freeFiles: @Sendable () throws -> Int?
    /// How many tenants there may be; nil for any number.
    public let tenantsMax: Int?

    /// A check by these readings, taken anew each time.
    public init(
        tenantsMax: Int? = nil, disk: @escaping @Sendable () throws -> FreeSpace,
        freeFiles: @escaping @Sendable () throws -> Int?
    ) {
        self.tenantsMax = tenantsMax
        self.disk = disk
        self.freeFiles = freeFiles
    }

    /// There is always room.
    public static let unlimited = CapacityCheck(
        disk: { FreeSpace(free: .max, total: .max) }, freeFiles: { nil })

    /// Checks that there is room on the disk for so many bytes more, besides what must always stay free
    /// (`Limits.freeBytesMin`, of a small disk a share).
    /// - Throws: `NoCapacity`, also where the disk cannot be asked.
    public func require(bytes: Int) throws(NoCapacity) {
        let space: FreeSpace
        do { space = try disk() } catch {
            throw NoCapacity("how much room the disk has cannot be told (\(error)); nothing was begun")
        }
        let (need, isTooMuch) = bytes.addingReportingOverflow(space.reserve)
        guard isTooMuch || space.free < need else { return }
        throw NoCapacity(
            "the data folder's disk has \(Self.mebibytes(space.free)) MiB free, and this needs "
                + "\(Self.mebibytes(need)) MiB, of which \(Self.mebibytes(space.reserve)) stay free; "
                + "make room on it, or move the data folder to a larger one")
    }

    /// Checks that so many stores more, each a file of its own, have room on the disk and can be open at once.
    /// - Throws: `NoCapacity`.
    public func require(stores: Int) throws(NoCapacity) {
        try require(bytes: stores * Limits.newStoreBytes)
        let free: Int?
        do { free = try freeFiles() } catch {
            throw NoCapacity("how many files can be opened cannot be told (\(error)); nothing was begun")
        }
        let need = stores * Limits.openFilesPerStore + Limits.freeFilesMin
        guard let free, free < need else { return }
        throw NoCapacity(
            "the server can open \(free) files more, and a store of its own needs \(need), of which "
                + "\(Limits.freeFilesMin) stay free; raise `ulimit -n` and start it again, or choose a pooled tier"
        )
    }

    /// Checks that there may be another tenant beside so many.
    /// - Throws: `NoCapacity`.
    public func require(tenantBeside count: Int) throws(NoCapacity) {
        guard let tenantsMax, count >= tenantsMax else { return }
        throw NoCapacity(
            "there are \(count) tenants, and this deployment takes \(tenantsMax); offboard one, or start the server with a "
                + "larger --tenants-max")
    }

    private static func mebibytes(_ bytes: Int) -> Int { bytes / (1 << 20) }
}
