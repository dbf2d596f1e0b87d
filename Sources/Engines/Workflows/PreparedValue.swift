import Registry

/// A value that a run is about to remember, and the run's record with it as it was encoded beforehand.
public struct PreparedValue: Sendable {
    let name: String
    let text: String
    /// The record that is encoded. Where the run's is another by the time of the commit, it is encoded then.
    let record: RunRecord
    let encoded: PreparedTransaction
}
