import Archives
import Base

extension Problem {
    static func noSuchBackup(_ text: String) -> Problem {
        Problem(
            .notFound, TenantBackupError.noSuchBackup(text).description, field: "backup")
    }

    init(backup error: TenantBackupError, log: Log) {
        switch error {
        case .noSuchBackup: self = Problem(.notFound, error.description, field: "backup")
        case .notComplete, .inUse, .damaged: self = Problem(.notApplicable, error.description)
        case .diskFull: self = Problem(.unavailable, error.description)
        case .storage: self = .unexpected(error, log: log)
        }
    }

    init(restore error: RestoreError) {
        switch error {
        case .noSuchTenant: self = Problem(.notFound, error.description, field: "tenant")
        case .outsideWindow: self = .invalid(error.description, field: "to")
        case .otherTenant: self = .invalid(error.description, field: "backup")
        case .notSettled, .leaving, .noRecovery, .tableChanged:
            self = Problem(.notApplicable, error.description)
        }
    }
}
