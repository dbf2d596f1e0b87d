import Base
import Synchronization

/// The requests that wait for a thread which looks at passwords, one after the other, since each takes long.
///
/// Nobody has all the places: there is a share for one network, and one for one district. Who sends very many is refused at once,
/// and others wait no longer than those shares take.
final class PasswordQueue: Sendable {
    /// How many may be waited for, and looked at.
    struct Places: Sendable {
        let all: Int
        let ofNetwork: Int
        let ofTenant: Int

        /// Those who run the platform.
        static let staff = Places(all: 16, ofNetwork: 4, ofTenant: 16)
        /// The members of all districts.
        static let members = Places(all: 32, ofNetwork: 8, ofTenant: 16)
    }

    /// What becomes of a request.
    enum Outcome: Equatable {
        case taken
        /// Where it comes from, or its district, has its share already.
        case shareIsTaken
        case isFull
    }

    private enum Share: Hashable {
        case network(String)
        case tenant(String)
    }

    private let pool: WorkerPool
    private let places: Places
    private let taken = Mutex<[Share: Int]>([:])

    init(label: String, places: Places) {
        self.places = places
        pool = WorkerPool(label: label, threads: 1, queueMax: places.all)
    }

    /// Puts a job into the queue, where there is a place for it.
    /// - Parameter tenant: the district that it is about; nil where it is about none.
    func submit(
        from address: String, about tenant: String?, _ job: @escaping @Sendable () -> Void
    ) -> Outcome {
        let shares = [.network(Self.network(of: address))] + (tenant.map { [Share.tenant($0)] } ?? [])
        let isFree = taken.withLock { taken in
            guard shares.allSatisfy({ taken[$0, default: 0] < room(of: $0) }) else { return false }
            for share in shares { taken[share, default: 0] += 1 }
            return true
        }
        guard isFree else { return .shareIsTaken }
        let isTaken = pool.submit { [self] in
            job()
            giveBack(shares)
        }
        if !isTaken { giveBack(shares) }
        return isTaken ? .taken : .isFull
    }

    /// Finishes what waits and takes no more.
    func stop() { pool.stop() }

    private func room(of share: Share) -> Int {
        switch share {
        case .network: places.ofNetwork
        case .tenant: places.ofTenant
        }
    }

    private func giveBack(_ shares: [Share]) {
        taken.withLock { taken in
            for share in shares {
                let left = taken[share, default: 1] - 1
                taken[share] = left > 0 ? left : nil
            }
        }
    }

    /// Of an IPv6 address the first 48 bits: a site has as many as that. Source: RFC 6177 section 2.
    private static func network(of address: String) -> String {
        guard let address = IPAddress(address) else { return address }
        return address.network(bits: 48).description
    }
}
