import Base
import LocalTables
import Registry
import Tables
import TestKit

/// A registry's store in a temporary folder, that outlives the registries over it as a disk outlives
/// processes.
public final class RegistryFolder: Sendable {
    /// The store.
    public let store: LocalStore
    /// The clock of all registries over it.
    public let clock: ManualClock
    private let folder: TemporaryFolder

    /// A new, empty registry store.
    public init(clock: ManualClock = ManualClock()) throws {
        folder = try TemporaryFolder()
        self.clock = clock
        guard let id = StoreID("registry") else { preconditionFailure("a valid name") }
        store = try LocalStore(id: id, path: folder.path(of: "registry.sqlite"))
        try store.create(Registry.schema)
    }

    deinit { store.close() }

    /// A registry over the store, as a process that starts makes it.
    public func open() throws -> Registry { try Registry(engine: store, clock: clock) }

    /// The same through an engine that can die or fail.
    public func open(through engine: any TableEngine) throws -> Registry {
        try Registry(engine: engine, clock: clock)
    }
}
