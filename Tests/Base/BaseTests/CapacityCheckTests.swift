import Base
import Testing

@Suite struct CapacityCheckTests {
    private struct Broken: Error {}

    private func check(free: Int = .max, total: Int = 1 << 40, files: Int? = nil) -> CapacityCheck {
        CapacityCheck(disk: { FreeSpace(free: free, total: total) }, freeFiles: { files })
    }

    @Test(arguments: [
        (1 << 40, Limits.freeBytesMin, 0, true), (1 << 40, Limits.freeBytesMin - 1, 0, false),
        (1 << 40, Limits.freeBytesMin + 9, 9, true), (1 << 40, Limits.freeBytesMin + 9, 10, false),
        // Of a small disk a twentieth stays free.
        (1000, 50, 0, true), (1000, 49, 0, false), (1 << 40, .max, .max, false),
    ])
    func theDiskMustHaveRoomBesidesItsReserve(_ total: Int, _ free: Int, _ need: Int, _ isEnough: Bool) {
        do throws(NoCapacity) {
            try check(free: free, total: total).require(bytes: need)
            #expect(isEnough)
        } catch { #expect(!isEnough, "\(error)") }
    }

    @Test func theRefusalSaysWhatIsMissing() {
        #expect(
            throws: NoCapacity(
                "the data folder's disk has 1000 MiB free, and this needs 1029 MiB, of which 1024 stay free; make room on it, "
                    + "or move the data folder to a larger one")
        ) { try check(free: 1000 << 20).require(bytes: 5 << 20) }
    }

    @Test func aDiskThatCannotBeAskedHasNoRoom() {
        let broken = CapacityCheck(disk: { throw Broken() }, freeFiles: { throw Broken() })
        #expect(throws: NoCapacity.self) { try broken.require(bytes: 0) }
        let halfBroken = CapacityCheck(
            disk: { FreeSpace(free: .max, total: .max) }, freeFiles: { throw Broken() })
        #expect(throws: NoCapacity.self) { try halfBroken.require(stores: 1) }
    }

    @Test func storesNeedFilesThatCanBeOpened() throws {
        let need = 2 * Limits.openFilesPerStore + Limits.freeFilesMin
        try check(files: need).require(stores: 2)
        try check(files: nil).require(stores: 2)
        #expect(throws: NoCapacity.self) { try check(files: need - 1).require(stores: 2) }
        let bytes = 2 * Limits.newStoreBytes + Limits.freeBytesMin
        try check(free: bytes).require(stores: 2)
        #expect(throws: NoCapacity.self) { try check(free: bytes - 1).require(stores: 2) }
    }

    @Test func aDeploymentTakesSoManyTenants() throws {
        let limited = CapacityCheck(
            tenantsMax: 3, disk: { FreeSpace(free: .max, total: .max) }, freeFiles: { nil })
        try limited.require(tenantBeside: 2)
        #expect(
            throws: NoCapacity(
                "there are 3 tenants, and this deployment takes 3; offboard one, or start the server with a larger --tenants-max"
            )
        ) { try limited.require(tenantBeside: 3) }
        try CapacityCheck.unlimited.require(tenantBeside: .max)
    }
}
