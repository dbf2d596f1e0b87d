import Base

extension Limits {
    /// Files of one set of policies.
    public static let policyFolderFilesMax = 1000
    /// Bytes of all files of one set of policies, their names included.
    public static let policyFolderBytesMax = 1024 * 1024
    /// The longest name of a file of policies without its ending, in bytes.
    public static let policyFileNameBytesMax = 128
    /// The longest reason for a risk, or note on a version, in bytes.
    public static let policyReasonBytesMax = 1000
}
