import Policies

extension ActionWords {
    /// Copies of whole tables.
    static let copies: [Group] = [
        Group(
            all: "makes, restores, lists and deletes backups",
            actions: [
                (.createBackup, "makes backups"),
                (.deleteBackup, "deletes backups"),
                (.describeBackup, "looks at a backup"),
                (.listBackups, "lists the backups"),
                (.restoreTableFromBackup, "makes tables out of backups"),
                (.restoreTableToPointInTime, "makes tables as others were at a point in time"),
                (.startAwsBackupJob, "makes backups through AWS Backup"),
                (.restoreTableFromAwsBackup, "makes tables out of backups of AWS Backup"),
            ]),
        Group(
            all: "exports and imports whole tables",
            actions: [
                (.exportTableToPointInTime, "exports whole tables"),
                (.describeExport, "looks at an export"),
                (.listExports, "lists the exports"),
                (.importTable, "imports whole tables"),
                (.describeImport, "looks at an import"),
                (.listImports, "lists the imports"),
            ]),
    ]

    /// Copies that keep themselves up to date in other regions, and other places that data flows to.
    static let elsewhere: [Group] = [
        Group(
            all: "sends the changes of tables to Kinesis",
            actions: [
                (.enableKinesisStreamingDestination, "begins to send a table's changes to Kinesis"),
                (.disableKinesisStreamingDestination, "ceases to send a table's changes to Kinesis"),
                (.updateKinesisStreamingDestination, "sets how a table's changes go to Kinesis"),
                (
                    .describeKinesisStreamingDestination,
                    "looks at which Kinesis streams get a table's changes"
                ),
            ]),
        Group(
            all: "makes, changes and deletes copies of tables in other regions",
            actions: [
                (.createGlobalTable, "makes tables of several regions"),
                (.updateGlobalTable, "changes tables of several regions"),
                (.updateGlobalTableSettings, "sets how tables of several regions work"),
                (.updateGlobalTableVersion, "changes the kind of tables of several regions"),
                (.describeGlobalTable, "looks at a table of several regions"),
                (.describeGlobalTableSettings, "looks at how a table of several regions works"),
                (.listGlobalTables, "lists the tables of several regions"),
                (.createGlobalTableWitness, "adds a witness to a table of several regions"),
                (.deleteGlobalTableWitness, "takes the witness from a table of several regions"),
                (.associateTableReplica, "joins copies of a table in other regions"),
                (.createTableReplica, "makes copies of a table in other regions"),
                (.deleteTableReplica, "deletes copies of a table in other regions"),
                (.readDataForReplication, "reads whole tables to copy them"),
                (.writeDataForReplication, "writes whole tables from a copy"),
                (.replicateSettings, "copies a table's settings"),
                (.describeTableReplicaAutoScaling, "looks at how copies of a table grow"),
                (.updateTableReplicaAutoScaling, "sets how copies of a table grow"),
                (.injectError, "makes requests fail on purpose"),
            ]),
    ]

    /// Sessions and tokens.
    static let tokens: [Group] = [
        Group(
            all: "takes on other roles and asks for tokens in every way",
            actions: [
                (.assumeRole, "takes on another role"),
                (.assumeRoleWithSAML, "takes on a role by a SAML assertion"),
                (.assumeRoleWithWebIdentity, "takes on a role by a token"),
                (.assumeRoot, "takes on an account's root user"),
                (.getFederationToken, "asks for a session of a federated user"),
                (.getSessionToken, "asks for a session of its own"),
                (.getServiceBearerToken, "asks for a token of an AWS service"),
                (.getWebIdentityToken, "asks for a token about itself"),
                (.getDelegatedAccessToken, "trades a token for a session"),
                (.getCallerIdentity, "asks who it is"),
                (.getAccessKeyInfo, "asks which account a key belongs to"),
                (.decodeAuthorizationMessage, "reads the details of a refusal"),
                (.setContext, "sets the context of a session"),
                (.setSourceIdentity, "sets who stands behind a session"),
                (.tagSession, "sets the tags of a session"),
                (.tagGetWebIdentityToken, "sets the tags of a token about itself"),
            ])
    ]
}
