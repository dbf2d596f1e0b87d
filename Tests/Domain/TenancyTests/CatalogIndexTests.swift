import Base
import FoundationEssentials
import Items
import JSONText
import Testing

@testable import Tenancy

/// Indexes of a catalog's tables.
@Suite struct CatalogIndexTests {
    private func read(_ text: String) throws(CatalogError) -> Catalog {
        try Catalog(parsing: Array(text.utf8), file: "c.json")
    }

    private func faults(_ text: String) -> [String] {
        do throws(CatalogError) {
            _ = try read(text)
            return []
        } catch { return error.faults.map(\.description) }
    }

    private func withIndexes(_ indexes: String, tableSort: Bool = true) -> String {
        let table = """
            {"name": "c", "tables": [{"name": "things", "partitionKey": {"name": "p", "type": "S"}, "ownedKeys": ["{tenantId}"],
            """
        return table + (tableSort ? #""sortKey": {"name": "s", "type": "S"}, "# : "")
            + "\"indexes\": [\n\(indexes)\n]}], \"tiers\": ["
            + #"{"name": "basic", "isolation": "dedicated", "schoolsMax": 1, "readUnitsPerSecond": 1, "writeUnitsPerSecond": 1, "#
            + #""undoWindowSeconds": 1, "copyRateItemsPerSecond": 1}], "firstItems": {"tenant": [], "school": []}}"#
    }

    private static func attribute(_ name: String) -> String { #"{"name": "\#(name)", "type": "S"}"# }

    @Test func readsIndexesOfSeveralAttributesAndLocalOnes() throws {
        let several =
            #"{"name": "several", "partitionKey": [\#(Self.attribute("a")), \#(Self.attribute("b"))], "#
            + #""sortKey": [\#(Self.attribute("c")), \#(Self.attribute("d"))], "projection": "ALL", "ownedKeys": ["{schoolId}"]}"#
        let local =
            #"{"name": "local", "kind": "local", "sortKey": \#(Self.attribute("e")), "projection": "KEYS_ONLY"}"#
        let table = try #require(try read(withIndexes(several + ",\n" + local)).tables.first)
        #expect(table.indexes.map(\.kind) == [.global, .local])
        #expect(table.indexes[0].key.partitions.map(\.name) == ["a", "b"])
        #expect(table.indexes[0].key.sorts.map(\.name) == ["c", "d"])
        #expect(table.indexes[1].key.attributes.map(\.name) == ["p", "e"])
        #expect(table.indexes[1].ownedKeys == table.ownedKeys)
    }

    @Test(arguments: [
        (
            #"{"name": "i-1", "kind": "local", "projection": "ALL"}"#, true,
            ["c.json:2:1: `sortKey` is missing in a local index; add it"]
        ),
        (
            #"{"name": "i-1", "kind": "lokal", "sortKey": {"name": "e", "type": "S"}, "projection": "ALL"}"#,
            true,
            ["c.json:2:25: `lokal` is no kind of index; use `local`, or leave it out for a global index"]
        ),
        (
            #"{"name": "i-1", "kind": "local", "sortKey": {"name": "p", "type": "S"}, "projection": "ALL"}"#,
            true,
            ["c.json:2:45: `p` is partition and sort key at once; name two attributes"]
        ),
        (
            #"{"name": "i-1", "kind": "local", "sortKey": {"name": "e", "type": "S"}, "projection": "ALL"}"#,
            false,
            ["c.json:2:1: a table without sort key has no local indexes; give the table a `sortKey`"]
        ),
        (
            #"{"name": "i-1", "partitionKey": [], "projection": "ALL", "ownedKeys": ["{schoolId}"]}"#, true,
            ["c.json:2:33: no attributes of `partitionKey`; add at least one"]
        ),
        (
            #"{"name": "i-1", "partitionKey": [{"name": "a", "type": "S"}, {"name": "a", "type": "S"}], "#
                + #""projection": "ALL", "ownedKeys": ["{schoolId}"]}"#, true,
            ["c.json:2:33: `a` stands in the key twice; name two attributes"]
        ),
        (
            #"{"name": "i-1", "partitionKey": {"name": "a", "type": "S"}, "sortKey": [{"name": "b", "type": "S"}, "#
                + #"{"name": "a", "type": "S"}], "projection": "ALL", "ownedKeys": ["{schoolId}"]}"#, true,
            ["c.json:2:72: `a` is partition and sort key at once; name two attributes"]
        ),
    ])
    func reportsFaultyIndexes(_ index: String, tableSort: Bool, expected: [String]) {
        #expect(faults(withIndexes(index, tableSort: tableSort)) == expected)
    }

    @Test func anIndexHasAtMostFourAttributesOnASide() {
        let names = ["a", "b", "c", "d", "e"].map(Self.attribute).joined(separator: ", ")
        let index =
            #"{"name": "i-1", "partitionKey": [\#(names)], "projection": "ALL", "ownedKeys": ["{schoolId}"]}"#
        #expect(
            faults(withIndexes(index)) == ["c.json:2:33: 5 attributes of `partitionKey`; use at most 4"])
    }
}
