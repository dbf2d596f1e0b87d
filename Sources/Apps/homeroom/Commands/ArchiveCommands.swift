import Archives
import Base

/// `homeroom tenant export` and `homeroom tenant import-data`.
enum ArchiveCommands {
    static let all: [Command] = [export, importData]

    private static let tenant = CommandArgument(name: "TENANT", help: "the tenant: id or exact name")
    private static let key = CommandOption(
        name: "idempotency-key", value: "KEY", help: "the same key starts the same run only once")

    private static let export = Command(
        path: ["tenant", "export"],
        summary: "write all items of a tenant, as of one instant, in the form of DynamoDB's exports",
        arguments: [tenant],
        options: [
            CommandOption(
                name: "out", value: "DIR", help: "fetch the files into this folder, and check them"),
            CommandOption(
                name: "server-side", help: "leave the files on the server, where they stay for 30 days"),
            CommandOption(
                name: "as-of", value: "MOMENT",
                help: "a past moment, such as 2026-01-31T08:05:09Z or 2h; needs point-in-time recovery"),
            CommandOption(
                name: "run", value: "RUN",
                help: "fetch what this run has exported, and go on with a half copy"),
            .wait, key,
        ] + ControlClient.options,
        notes: [
            "Writes go on meanwhile. Parts are lines {\"Item\":…}, compressed with zstd; manifest.json lists them with counts and "
                + "digests and is written last. A copy that was cut short goes on with --run. With --out the run is followed, unless "
                + "--no-wait says otherwise: then nothing is fetched yet."
        ],
        examples: [#"homeroom tenant export "Springfield USD" --out springfield"#],
        run: { try TenantExport($0).run() })

    private static let importData = Command(
        path: ["tenant", "import-data"],
        summary: "put the items of an export, ours or DynamoDB's own, into a tenant",
        arguments: [tenant],
        options: [
            CommandOption(name: "from", value: "DIR", help: "the folder of the export", isRequired: true),
            CommandOption(name: "dry-run", help: "look at all of it and write nothing"),
            CommandOption(
                name: "table", value: "NAME",
                help: "the logical table, where the export is of one of another name"),
            CommandOption(
                name: "on-conflict", value: "POLICY", help: "keys that are taken: fail, skip or replace",
                standard: "fail"),
            CommandOption(name: "skip-foreign", help: "leave out rows that would not be the tenant's"),
            CommandOption(
                name: "allow-erased", help: "take rows under keys that were erased; else one refuses it"),
            CommandOption(
                name: "map-tenant", value: "OLD", help: "a tenant's id in the keys that becomes this tenant's"
            ),
            CommandOption(
                name: "map-school", value: "OLD=NEW",
                help: "a school's id in the keys that becomes this school's",
                isRepeatable: true),
            CommandOption(name: "upload", value: "UPLOAD", help: "go on with an upload that was cut short"),
            .wait, key,
        ] + ControlClient.options,
        notes: [
            "All rows are looked at before any is written; one that would not be the tenant's refuses the import. Ids are mapped "
                + "in the attributes that are keys of the table or of an index, and nowhere else.",
            "The run is followed, unless --no-wait says otherwise; what is wrong with the rows is then in `homeroom run show`.",
            "homeroom run cancel takes back what was created and not changed since; what was replaced stays.",
        ],
        examples: [#"homeroom tenant import-data "Springfield USD" --from springfield --dry-run"#],
        run: { try TenantDataImport($0).run() })
}
