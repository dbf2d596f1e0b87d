import Policies

extension ActionWords {
    /// Items: what an application does all day.
    static let records: [Group] = [
        Group(
            all: "reads records in every way that needs their keys",
            actions: [
                (.getItem, "reads single records"),
                (.batchGetItem, "reads several records at once"),
                (.query, "reads by query"),
                (.partiQLSelect, "reads by PartiQL statement"),
                (.conditionCheckItem, "checks records in a transaction"),
            ]),
        Group(all: "scans whole tables", actions: [(.scan, "scans: reads a whole table or index")]),
        Group(
            all: "writes records in every way (in batches, which can delete too)",
            actions: [
                (.putItem, "creates and replaces records"),
                (.updateItem, "changes records"),
                (.batchWriteItem, "writes and deletes several records at once"),
                (.partiQLInsert, "creates records by PartiQL statement"),
                (.partiQLUpdate, "changes records by PartiQL statement"),
            ]),
        Group(
            all: "deletes records in every way",
            actions: [
                (.deleteItem, "deletes records"),
                (.partiQLDelete, "deletes records by PartiQL statement"),
            ]),
        Group(
            all: "reads the stream of all changes",
            actions: [
                (.getRecords, "reads the changes in a table's stream"),
                (.getShardIterator, "takes a place in a table's stream"),
                (.describeStream, "looks at how a table's stream is set up"),
                (.listStreams, "lists the streams"),
            ]),
    ]

    /// Tables themselves and what is set for them.
    static let tables: [Group] = [
        Group(
            all: "creates, changes and deletes tables",
            actions: [
                (.createTable, "creates tables"),
                (.updateTable, "changes tables"),
                (.deleteTable, "deletes tables"),
            ]),
        Group(
            all: "sets what tables are tagged with, when items end and what is kept for recovery",
            actions: [
                (.tagResource, "tags tables"),
                (.untagResource, "takes tags off tables"),
                (.updateTimeToLive, "sets when items end by themselves"),
                (.updateContinuousBackups, "sets whether a table can be restored to a point in time"),
            ]),
        Group(
            all: "looks at the tables' structure and settings",
            actions: [
                (.listTables, "lists the tables"),
                (.describeTable, "looks at a table's structure"),
                (.describeTimeToLive, "looks at when items end"),
                (.describeContinuousBackups, "looks at whether a table can be restored"),
                (.listTagsOfResource, "lists a table's tags"),
            ]),
        Group(
            all: "looks at the service itself",
            actions: [
                (.describeEndpoints, "asks where the service is"),
                (.describeLimits, "asks for the service's limits"),
                (.getAbacStatus, "asks whether tags of tables decide about access"),
            ]),
        Group(
            all: "sets policies of the tables' own, which decide about access too",
            actions: [
                (.putResourcePolicy, "gives a table a policy of its own"),
                (.deleteResourcePolicy, "deletes a table's own policy"),
                (.getResourcePolicy, "reads a table's own policy"),
                (.updateAbacStatus, "sets whether tags of tables decide about access"),
            ]),
        Group(
            all: "sets and reads insights of who uses which keys",
            actions: [
                (.updateContributorInsights, "sets whether it is counted who uses which keys"),
                (.describeContributorInsights, "looks at whether it is counted who uses which keys"),
                (.listContributorInsights, "lists where it is counted who uses which keys"),
            ]),
        Group(
            all: "buys and looks at reserved capacity",
            actions: [
                (.purchaseReservedCapacityOfferings, "buys reserved capacity"),
                (.describeReservedCapacity, "looks at the reserved capacity"),
                (.describeReservedCapacityOfferings, "looks at offers of reserved capacity"),
            ]),
    ]
}
