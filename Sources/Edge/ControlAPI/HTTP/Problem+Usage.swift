import Base
import Upgrades

extension Problem {
    /// The problem that an error of metering comes to.
    init(usage error: UsageError) {
        switch error {
        case .noSuchTenant: self = Problem(.notFound, error.description, field: "tenant")
        case .nothingToCount, .schoolsMove: self = Problem(.notApplicable, error.description)
        case .unsteady, .stopped: self = Problem(.unavailable, error.description)
        }
    }
}
