import Base
import Crypto

/// The files of a folder of policies, as they were at one moment.
public struct PolicyFiles: Sendable, Equatable {
    /// Contents by path below the folder: `roles/….json`, `policies/….json`, `cases/….json`.
    public let files: [String: [UInt8]]

    /// These files.
    public init(files: [String: [UInt8]]) { self.files = files }
}
