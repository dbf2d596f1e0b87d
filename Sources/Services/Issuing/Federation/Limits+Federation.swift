import Base

extension Limits {
    /// Identity providers of one tenant.
    public static let providersMax = 8
    /// Audiences of one identity provider.
    public static let providerAudiencesMax = 16
    /// Lines of a table of schools.
    public static let providerSchoolsMax = 1000
    /// Lines of a table of roles.
    public static let providerRolesMax = 100
    /// Claims that a provider's tokens must have.
    public static let providerRequiredMax = 16
    /// The longest name of an identity provider, in bytes.
    public static let providerNameBytesMax = 32
    /// The longest name of a claim, in bytes.
    public static let claimNameBytesMax = 128
    /// The longest value of a claim that is compared, in bytes.
    public static let claimValueBytesMax = 256
    /// The longest URL of an identity provider, in bytes.
    public static let providerURLBytesMax = 1024
    /// People of one tenant's providers that are refused, or were once.
    public static let refusedPeopleMax = 5000
    /// The longest reason for which somebody is refused, in bytes.
    public static let refusalReasonBytesMax = 500
    /// The longest id of a refusal that is looked for, in bytes.
    static let personIDBytesMax = 128
    /// How much of a provider's table of roles the audit repeats, in characters.
    static let providerNoteScalarsMax = 2000
    /// How old a token of a provider may be that is exchanged, whatever it says of its end: a day, in seconds.
    static let subjectTokenAgeSecondsMax: Int64 = 24 * 3600
    /// The largest document of a provider that is read: what it says of itself, its keys.
    static let providerDocumentBytesMax = 256 * 1024
    /// How long a provider may take for one document, in seconds.
    static let providerTimeoutSeconds = 5
    /// For how long keys are used without asking again: as the provider says, within these bounds, in seconds.
    static let providerKeysSeconds: ClosedRange<Int> = 60...86_400
    /// The same where it says nothing.
    static let providerKeysSecondsStandard = 3600
    /// For how long keys that should be asked for again are used while the provider does not answer: four hours, in seconds.
    static let providerKeysGraceSeconds = 4 * 3600
    /// A provider is asked again for a key that is not known after so many seconds, whatever is asked of Homeroom.
    static let providerAskSeconds = 10
    /// One that has failed is asked again after so many seconds.
    static let providerFailureSeconds = 30
    /// Threads that ask providers for their keys anew while nobody waits for it.
    static let providerRefreshThreads = 4
    /// Providers whose keys are remembered at a time.
    static let providersKnownMax = 2000
}
