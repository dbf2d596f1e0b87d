import Base

extension Limits {
    /// A request's body, in bytes: a whole set of policies (`policyFolderBytesMax`) as JSON, whose quotes are escaped.
    public static let controlBodyBytesMax = 2 * 1024 * 1024
    /// Large requests and answers held at once, in bytes.
    public static let controlHeldBytesMax = 64 * 1024 * 1024
    /// The longest `Idempotency-Key` of a request, in bytes; the workflow engine's keys have a prefix before it.
    static let requestKeyBytesMax = 128
    /// Threads that answer requests which wait for no run.
    static let controlThreads = 4
    /// Threads that answer requests which wait for a run: as many onboardings may wait at once.
    static let controlWaitingThreads = 16
    /// Threads that ask identity providers: as many providers that do not answer may be waited for at once.
    static let controlProviderThreads = 8
    /// Requests that wait for a thread of either kind; a further one is answered 503.
    static let controlQueueMax = 256
    /// Reviews of policies that wait for the one before them; a further one is answered 503.
    static let controlReviewsQueueMax = 16
    /// How long a request waits for its run before it is answered 202.
    static let runWaitMilliseconds = 20_000
    /// The longest undo window that a move may be given, in seconds: 30 days.
    static let undoWindowSecondsMax = 30 * 86_400
    /// The longest reason for a move, in bytes.
    static let moveReasonBytesMax = 500
    /// Entries of one page of a list.
    static let pageMax = 500
    /// The same where nobody says.
    static let pageStandard = 100
    /// Refused or failed calls of one key that have an entry of their own in the audit each minute; further ones are counted.
    static let controlRefusalsPerMinuteMax = 60
    /// Keys whose refusals are counted each for itself; those of others are counted together.
    static let controlRefusalActorsMax = 256
    /// The longest parameter of a path that the audit repeats.
    static let controlSubjectIDBytesMax = 64
}

extension Limits {
    /// Rows of an import that one request has looked over.
    public static let importCheckRowsMax = 500
    /// Pages of exports of the audit that are remembered as the next one of an export that has its entry.
    static let controlExportPagesMax = 256
}

extension Limits {
    /// The longest id of its own that a caller may give a request, in bytes.
    static let requestIDBytesMax = 64
    /// How long the answer to an `Idempotency-Key` is kept, in seconds: 24 hours.
    static let idempotencySeconds: Int64 = 24 * 3600
    /// The largest answer that is kept for an `Idempotency-Key`; the request of a larger one is carried out again.
    static let idempotentAnswerBytesMax = 192 * 1024
    /// Keys of one caller, and of all together, whose answers are kept.
    static let idempotencyKeysPerCallerMax = 20_000
    static let idempotencyKeysMax = 100_000
    /// The largest answer that is given a tag: making one reads it once more.
    static let taggedBytesMax = 1024 * 1024
    /// Requests a second of one caller, where nobody says.
    public static let callerRequestsPerSecond = 500
    /// Runs that are followed at once, and how often each is looked at.
    static let runStreamsMax = 64
    static let runStreamLookMilliseconds = 100
    /// How long a stream says nothing at the most, in seconds.
    static let runStreamHeartbeatSeconds = 10
    /// How often it is asked whether a caller may still follow a run, in milliseconds.
    static let runStreamRightMilliseconds = 500
    /// The longest `cursor` of a list, in bytes. Source: DynamoDB, the longest sort key.
    static let cursorBytesMax = 1024
    /// How many seconds' worth of them may come at once.
    static let callerBurstSeconds = 4
    /// Callers whose requests are counted one by one.
    static let callersMax = 4096
}
