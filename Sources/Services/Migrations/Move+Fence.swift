import Base
import Registry
import Tables
import Tenancy
import Workflows

/// The fence at the side in charge, behind which the tenant's writes wait.
extension Move {
    /// How the tenant stands at the side in charge. To be asked before its fence is raised: the answer takes a turn of the store's writer,
    /// for which nobody waits then. Only the tenant's one move changes it.
    func charge(_ direction: Direction, _ mover: Mover) throws -> Resident {
        try orNoFence(direction) {
            guard let resident = try mover.from.resident(route.tenant) else {
                throw MoveFault.standing(mover.from.id, "the tenant is not known there")
            }
            switch resident.state {
            case .active, .fenced: return resident
            case .arriving, .kept:
                throw MoveFault.standing(mover.from.id, "the tenant is not in its charge")
            }
        }
    }

    /// The epoch of the fence that stands, or would stand, where the tenant stands so; that of a switch is the next.
    func fenceEpoch(over charge: Resident) -> Int64 {
        charge.state == .fenced ? charge.epoch : charge.epoch + 1
    }

    /// Raises the fence at the side in charge, where the tenant stands so; answers its epoch. When this returns, all that was written is
    /// durable there and in its log, and whatever comes later is turned away to wait.
    private func raiseFence(_ mover: Mover, over charge: Resident) throws -> Int64 {
        let epoch = fenceEpoch(over: charge)
        if charge.state == .fenced { return epoch }
        #if MUTANTS
            if Mutant.isOn(.noFence) { return epoch }
            if Mutant.isOn(.noDrain) { return requestFence(mover, epoch: epoch) }
        #endif
        try mover.from.setResident(
            route.tenant, to: Resident(epoch: epoch, state: .fenced, isCaptured: true))
        return epoch
    }

    /// The same; where it fails no fence stands.
    func raiseFenceOrNone(_ direction: Direction, _ mover: Mover, over charge: Resident) throws -> Int64 {
        try orNoFence(direction) { try raiseFence(mover, over: charge) }
    }

    /// Where `body` fails no fence stands, neither an earlier try's nor one whose commit was made and only the word of it was lost: until
    /// the next call somebody would wait for it.
    func orNoFence<Value>(_ direction: Direction, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            let failure = error
            try lowerFenceIfRaised(direction)
            throw failure
        }
    }

    #if MUTANTS
        private func requestFence(_ mover: Mover, epoch: Int64) -> Int64 {
            let tenant = route.tenant
            Conducting.conductor?.start("fence", afterMilliseconds: 0) {
                do {
                    let fenced = Resident(epoch: epoch, state: .fenced, isCaptured: true)
                    try mover.from.setResident(tenant, to: fenced)
                } catch { return }
            }
            return epoch
        }
    #endif

    /// Lets writes go on where they were, under a new epoch.
    func lowerFence(_ mover: Mover, epoch: Int64) throws {
        try mover.from.setResident(
            route.tenant, to: Resident(epoch: epoch + 1, state: .active, isCaptured: true))
        #if MUTANTS
            if Mutant.isOn(.unfenceUnannounced) { return }
        #endif
        _ = try environment.registry.update(PlacementRecord.self, route.tenant) { placement, _ in
            placement.epoch = epoch + 1
        }
    }

    /// If a fence stands at this side, lowers it.
    func lowerFenceIfRaised(_ direction: Direction) throws {
        let mover = try mover(direction)
        guard let resident = try mover.from.resident(route.tenant) else { return }
        switch resident.state {
        case .fenced: try lowerFence(mover, epoch: resident.epoch)
        case .active:
            // A crash may have come between the two commits of lowering it.
            guard try placement().epoch < resident.epoch else { return }
            _ = try environment.registry.update(PlacementRecord.self, route.tenant) { placement, _ in
                placement.epoch = max(placement.epoch, resident.epoch)
            }
        case .arriving, .kept: return
        }
    }
}
