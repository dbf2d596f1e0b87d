import Archives
import Base

extension Problem {
    /// The problem that an error of exports and imports comes to, or nil where it is of something else.
    init?(archives error: any Error, log: Log) {
        switch error {
        case let error as ExportError:
            switch error {
            case .noSuchTenant: self = Problem(.notFound, error.description, field: "tenant")
            case .notApplicable, .isTakenAlong: self = Problem(.notApplicable, error.description)
            case .noSuchExport: self = Problem(.notFound, error.description, field: "run")
            case .noSuchFile: self = Problem(.notFound, error.description, field: "name")
            }
        case let error as ImportError:
            switch error {
            case .noSuchTenant: self = Problem(.notFound, error.description, field: "tenant")
            case .notApplicable: self = Problem(.notApplicable, error.description)
            case .noSuchUpload: self = Problem(.notFound, error.description, field: "upload")
            case .badName: self = .invalid(error.description, field: "name")
            case .wrongOffset(_, let bytes):
                self = Problem(
                    .conflict, error.description, field: "offset", members: ["bytes": String(bytes)])
            case .tooLarge: self = Problem(.tooLarge, error.description)
            }
        case let error as ArchiveError:
            switch error {
            case .diskFull:
                self = Problem(.unavailable, "the server's disk is full; make room and send it again")
            case .system, .missing, .damaged, .unsupported, .tooLarge: self = .unexpected(error, log: log)
            }
        default: return nil
        }
    }
}
