import Base
import Dispatch
import Registry
import Tenancy
import Testing

func tenantID(_ number: Int) throws -> TenantID { TenantID(random: SeededRandom(seed: UInt64(number) + 1)) }

func schoolID(_ number: Int) throws -> SchoolID { SchoolID(random: SeededRandom(seed: UInt64(number) + 1)) }

func tenantRecord(_ number: Int, schools: Int = 0) throws -> TenantRecord {
    TenantRecord(
        id: try tenantID(number), name: "District \(number)", tier: try #require(TierName("basic")),
        timezone: try #require(TimeZoneName("America/Chicago")),
        adminEmail: try #require(EmailAddress("it@district.example")),
        schools: try (0..<schools).map {
            SchoolRecord(
                id: try schoolID(number * 1000 + $0), name: "School \($0)",
                createdAt: Timestamp(milliseconds: 5))
        },
        createdAt: Timestamp(milliseconds: 5))
}

func placement(_ number: Int, epoch: Int64 = 1) throws -> PlacementRecord {
    PlacementRecord(
        tenant: try tenantID(number), store: try #require(StoreID("pool-basic-1")), epoch: epoch, tables: [:],
        isDedicated: false)
}

/// Runs `body` on so many threads at once, with their numbers, and waits for all.
func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    DispatchQueue.concurrentPerform(iterations: count, execute: body)
}
