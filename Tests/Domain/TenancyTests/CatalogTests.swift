import Base
import FoundationEssentials
import Items
import JSONText
import Testing

@testable import Tenancy

/// A small catalog that is right, as a text to spoil in one place.
private let sample = """
    {
      "name": "sample",
      "tables": [
        {
          "name": "school-table",
          "partitionKey": { "name": "tenantId", "type": "S" },
          "sortKey": { "name": "entityKey", "type": "S" },
          "ownedKeys": ["{tenantId}"],
          "indexes": [
            {
              "name": "entity-type-index",
              "partitionKey": { "name": "owner", "type": "S" },
              "projection": ["name"],
              "ownedKeys": ["TENANT#{schoolId}#*"]
            }
          ]
        }
      ],
      "tiers": [
        { "name": "basic", "isolation": "pooled", "tenantsPerPool": 2, "schoolsMax": 3, "readUnitsPerSecond": 4,
          "writeUnitsPerSecond": 5, "undoWindowSeconds": 6, "copyRateItemsPerSecond": 7 },
        { "name": "premium", "isolation": "dedicated", "schoolsMax": null, "readUnitsPerSecond": 4,
          "writeUnitsPerSecond": 5, "undoWindowSeconds": 6, "copyRateItemsPerSecond": 7,
          "writePauseMaxMilliseconds": 100 }
      ],
      "firstItems": {
        "tenant": [
          { "table": "school-table", "item": {
            "tenantId": { "S": "{tenantId}" }, "entityKey": { "S": "CONFIG" }, "n": { "N": "1.50" } } }
        ],
        "school": [
          { "table": "school-table", "item": {
            "tenantId": { "S": "{tenantId}" }, "entityKey": { "S": "SCHOOL#{schoolId}" },
            "owner": { "S": "TENANT#{schoolId}#x" }, "name": { "S": "{schoolName} ({tier})" },
            "more": { "M": { "all": { "L": [{ "SS": ["{now}", "{schoolYear}"] }, { "NULL": true }] } } } } }
        ]
      }
    }
    """

private func read(_ text: String) throws(CatalogError) -> Catalog {
    try Catalog(parsing: Array(text.utf8), file: "c.json")
}

private func faults(_ text: String) -> [String] {
    do throws(CatalogError) {
        _ = try read(text)
        return []
    } catch { return error.faults.map(\.description) }
}

@Suite struct CatalogTests {
    @Test func readsTiers() throws {
        let catalog = try read(sample)
        let basic = try #require(catalog.tier(named: "basic"))
        #expect(basic.isolation == .pooled(tenantsPerPool: 2))
        #expect(basic.isolation.capacity == 2)
        #expect(basic.schoolsMax == 3)
        #expect(basic.readUnitsPerSecond == 4)
        #expect(basic.writeUnitsPerSecond == 5)
        #expect(basic.undoWindowSeconds == 6)
        #expect(basic.copyRateItemsPerSecond == 7)
        #expect(basic.writePauseMaxMilliseconds == 250)
        let premium = try #require(catalog.tier(named: "premium"))
        #expect(premium.isDedicated)
        #expect(premium.schoolsMax == nil)
        #expect(premium.writePauseMaxMilliseconds == 100)
        #expect(catalog.tier(named: "gold") == nil)
        #expect(catalog.tierRemedy(for: "premum") == "did you mean `premium`?")
    }

    @Test func readsTables() throws {
        let table = try #require(try read(sample).tables.first)
        #expect(table.name.text == "school-table")
        #expect(table.key.partition == KeyAttribute(name: "tenantId", type: .string))
        #expect(table.key.sort == KeyAttribute(name: "entityKey", type: .string))
        let index = try #require(table.index(named: "entity-type-index"))
        #expect(index.projection == .include(["name"]))
        #expect(index.ownedKeys.patterns.map(\.description) == ["TENANT#{schoolId}#*"])
    }

    @Test func readsWhatATableHasSwitchedOn() throws {
        let plain = try #require(try read(sample).tables.first)
        #expect(plain.stream == nil && plain.timeToLive == nil)
        let text = sample.replacing(
            #""ownedKeys": ["{tenantId}"],"#,
            with: #""ownedKeys": ["{tenantId}"], "stream": "NEW_IMAGE", "timeToLive": "until","#,
            maxReplacements: 1)
        let table = try #require(try read(text).tables.first)
        #expect(table.stream == .newImage)
        #expect(table.timeToLive == "until")
    }

    @Test(arguments: [
        (
            #""stream": "IMAGES","#,
            "`IMAGES` is no view of a stream; use one of `KEYS_ONLY`, `NEW_IMAGE`, `OLD_IMAGE`, `NEW_AND_OLD_IMAGES`, "
                + "or leave `stream` out"
        ),
        (
            #""timeToLive": "entityKey","#,
            "`entityKey` is part of the table's key, and cannot say when an item ends; name another attribute"
        ),
        (#""timeToLive": "","#, "an attribute's name has 1 to 255 bytes; give such a name"),
    ])
    func refusesWhatCannotBeSwitchedOn(_ member: String, _ fault: String) {
        let text = sample.replacing(
            #""name": "school-table","#, with: #""name": "school-table", "# + member, maxReplacements: 1)
        #expect(faults(text).map { $0.split(separator: ": ", maxSplits: 1).last.map(String.init) } == [fault])
    }

    @Test func fillsFirstItems() throws {
        let catalog = try read(sample)
        let tenant = TenantID(random: SeededRandom(seed: 3))
        let school = SchoolID(random: SeededRandom(seed: 4))
        let values = TemplateValues(
            tenant: tenant, name: try #require(DisplayName("D")), tier: try #require(TierName("basic")),
            timezone: try #require(TimeZoneName("UTC")), now: Timestamp(milliseconds: 0))
        let config = try #require(catalog.tenantItems.first).filled(with: values)
        #expect(config.table.text == "school-table")
        #expect(
            config.item == [
                "tenantId": .string(tenant.text), "entityKey": .string("CONFIG"),
                "n": .number(try Number(parsing: "1.5")),
            ])
        // A name that looks like a variable stays what it is.
        let named = values.with(school: school, name: try #require(DisplayName("{tier} {now}")))
        let item = try #require(catalog.schoolItems.first).filled(with: named).item
        #expect(item["entityKey"] == .string("SCHOOL#\(school)"))
        #expect(item["name"] == .string("{tier} {now} (basic)"))
        #expect(
            item["more"]
                == .map(["all": .list([.stringSet(["1970-01-01T00:00:00Z", "1969-1970"]), .null])]))
    }

    @Test(arguments: ["default", "dedicated-from-advanced"])
    func theShippedCatalogsRead(name: String) throws {
        let path = Package.path("Templates/catalogs/\(name).json")
        let catalog = try Catalog(parsing: [UInt8](Data(contentsOf: URL(filePath: path))), file: path)
        #expect(catalog.name == name)
        #expect(catalog.tables.map(\.name.text) == ["school-table", "student-table"])
        #expect(catalog.tables.flatMap(\.indexes).map(\.name) == ["entity-type-index", "teacher-index"])
        #expect(catalog.tenantItems.count == 1)
        #expect(catalog.schoolItems.count == 3)
        let isolations = catalog.tiers.map { "\($0.name) \($0.isolation.capacity) \($0.schoolsMax ?? 0)" }
        switch name {
        case "default":
            #expect(isolations == ["basic 100 10", "advanced 50 50", "premium 1 100", "enterprise 1 0"])
        default: #expect(isolations == ["basic 100 10", "advanced 1 50", "premium 1 100"])
        }
    }

    @Test(arguments: [
        (
            "\"schoolsMax\": 3", "\"schoolMax\": 3",
            [
                "c.json:20:5: `schoolsMax` is missing in a tier; add it",
                "c.json:20:68: `schoolMax` is no member of a tier; did you mean `schoolsMax`?",
            ]
        ),
        (
            "\"schoolsMax\": 3", "\"schoolsMax\": 0",
            [
                "c.json:20:82: `schoolsMax` (or `null` for no limit) is `0`; use a number from 1 to 1000000"
            ]
        ),
        (
            "\"schoolsMax\": 3", "\"schoolsMax\": \"3\"",
            [
                "c.json:20:82: expected `schoolsMax` (or `null` for no limit) as a whole number, found the string `3`"
            ]
        ),
        (
            "\"name\": \"premium\"", "\"name\": \"basic\"",
            [
                "c.json:22:5: the tier `basic` stands there twice; rename or remove one"
            ]
        ),
        (
            "\"name\": \"premium\"", "\"name\": \"pre-mium\"",
            [
                "c.json:22:15: `pre-mium` is no tier's name; use 1 to 15 lower case letters and digits, a letter first"
            ]
        ),
        (
            "\"dedicated\"", "\"dedicatd\"",
            [
                "c.json:22:39: `dedicatd` is no isolation; did you mean `dedicated`?"
            ]
        ),
        (
            "\"dedicated\"", "\"pooled\"",
            [
                "c.json:22:5: `tenantsPerPool` is missing in a pooled tier; add it"
            ]
        ),
        (
            "\"isolation\": \"pooled\"", "\"isolation\": \"dedicated\"",
            [
                "c.json:20:68: a dedicated tier has no `tenantsPerPool`; remove it, or make the tier `pooled`"
            ]
        ),
        (
            "TENANT#{schoolId}#*", "TENANT#{schoolId}*",
            [
                "c.json:14:25: the owned-key pattern `TENANT#{schoolId}*` has no delimiter after its variable, so one"
                    + " owner's keys could begin with another's; put `#` there"
            ]
        ),
        ("[\"TENANT#{schoolId}#*\"]", "[]", ["c.json:14:24: no owned-key patterns; add at least one"]),
        (
            "[\"TENANT#{schoolId}#*\"]", "[\"A#{schoolId}#*\"]",
            [
                "c.json:32:42: the item's `owner` is not among the owned keys; give it the form `A#{schoolId}#*`"
            ]
        ),
        (
            "[\"{tenantId}\"]", "[\"{tenantId}\", \"{tenantId}\"]",
            [
                "c.json:8:35: `{tenantId}` and `{tenantId}` cover some keys both; keep one, or tell them apart by their"
                    + " beginnings"
            ]
        ),
        (
            "\"name\": \"owner\", \"type\": \"S\"", "\"name\": \"owner\", \"type\": \"N\"",
            [
                "c.json:14:24: the partition key `owner` has the type `N`, which no owned-key pattern covers; make it `S`"
            ]
        ),
        (
            "\"entityKey\", \"type\": \"S\"", "\"entityKey\", \"type\": \"T\"",
            [
                "c.json:7:49: `T` is no key attribute's type; use `S`, `N` or `B`"
            ]
        ),
        (
            "\"projection\": [\"name\"]", "\"projection\": \"SOME\"",
            [
                "c.json:13:25: expected `ALL`, `KEYS_ONLY` or an array of attribute names, found the string `SOME`"
            ]
        ),
        (
            "\"entityKey\": { \"S\": \"CONFIG\" }", "\"key\": { \"S\": \"CONFIG\" }",
            [
                "c.json:28:42: the item does not satisfy the keys of `school-table`: One or more parameter values were"
                    + " invalid: Missing the key entityKey in the item; give it `tenantId` and `entityKey` of the table's"
                    + " types"
            ]
        ),
        (
            "\"S\": \"CONFIG\"", "\"N\": \"1\"",
            [
                "c.json:28:42: the item does not satisfy the keys of `school-table`: One or more parameter values were"
                    + " invalid: Type mismatch for key entityKey expected: S actual: N; give it `tenantId` and `entityKey`"
                    + " of the table's types"
            ]
        ),
        (
            "\"S\": \"CONFIG\"", "\"S\": \"{schoolId}\"",
            [
                "c.json:28:42: `entityKey` uses `{schoolId}`, but a tenant's first item has no school; move the item to the"
                    + " school's first items"
            ]
        ),
        (
            "\"S\": \"CONFIG\"", "\"S\": \"{tenantName}\"",
            [
                "c.json:28:42: the key attribute `entityKey` uses `{tenantName}`, whose text is free; use an id in keys"
            ]
        ),
        (
            "\"SCHOOL#{schoolId}\"", "\"SCHOOL\"",
            [
                "c.json:32:42: two schools of one tenant would share this item; put `{schoolId}` into its key"
            ]
        ),
        (
            "{schoolName}", "{schoolNam}",
            [
                "c.json:34:65: `{schoolNam}` is no variable of first items; did you mean `schoolName`?"
            ]
        ),
        ("\"1.50\"", "\"1,50\"", ["c.json:29:88: `1,50` is no number of DynamoDB's; correct it"]),
        ("\"n\": { \"N\"", "\"n\": { \"B\"", ["c.json:29:83: first items hold no binary values; use `S`"]),
        (
            "\"NULL\": true", "\"NULL\": false",
            [
                "c.json:35:88: the value does not fit the type `NULL`; correct it"
            ]
        ),
        ("\"name\": \"sample\",", "", ["c.json:1:1: `name` is missing in a catalog; add it"]),
        (
            "\"name\": \"sample\",", "\"name\": \"sample\"",
            [
                "c.json:3:3: expected `,` or `}`, found `\"`; correct the JSON"
            ]
        ),
    ])
    func reports(part: String, spoilt: String, expected: [String]) throws {
        let range = try #require(sample.firstRange(of: part))
        let text = sample[..<range.lowerBound] + spoilt + sample[range.upperBound...]
        #expect(faults(String(text)) == expected)
    }

    @Test func collectsFaultsOfTheWholeFile() {
        let text = "{\"name\": 1, \"tables\": [{}], \"tiers\": [[]], \"firstItems\": {\"school\": {}}}"
        #expect(
            faults(text) == [
                "c.json:1:10: expected the catalog's `name` as a string, found the number `1`",
                "c.json:1:24: `name` is missing in a table; add it",
                "c.json:1:24: `partitionKey` is missing in a table; add it",
                "c.json:1:24: `ownedKeys` is missing in a table; add it",
                "c.json:1:39: expected a tier as an object, found an array",
                "c.json:1:69: expected first items as an array, found an object",
            ])
    }

    @Test func reportsAtMostSoManyFaults() throws {
        let members = (0..<150).map { "\"x\($0)\": 1" }.joined(separator: ", ")
        let found = faults("{\(members)}")
        #expect(found.count == Limits.fileFaultsMax + 1)
        #expect(found.last?.hasSuffix("and 53 faults more") == true)
    }

    /// Spoils a byte or cuts a piece: an answer or faults with places in the file, never a crash.
    @Test func survivesAnyText() throws {
        let random = SeededRandom(seed: 1234)
        let bytes = Array(sample.utf8)
        let lines = sample.split(separator: "\n", omittingEmptySubsequences: false).count
        var refused = 0
        for _ in 0..<2000 {
            var spoilt = bytes
            for _ in 0...random.next() % 3 {
                let place = Int(random.next() % UInt64(spoilt.count))
                switch random.next() % 3 {
                case 0: spoilt[place] = bytes[Int(random.next() % UInt64(bytes.count))]
                case 1: spoilt.removeSubrange(place..<min(spoilt.count, place + Int(random.next() % 40)))
                default:
                    spoilt.insert(
                        contentsOf: bytes[(place % bytes.count)...].prefix(Int(random.next() % 40)), at: place
                    )
                }
                if spoilt.isEmpty { spoilt = [0x7B] }
            }
            do throws(CatalogError) {
                _ = try Catalog(parsing: spoilt, file: "c.json")
            } catch {
                refused += 1
                #expect(!error.faults.isEmpty)
                #expect(error.faults.allSatisfy { (1...lines * 2).contains($0.position.line) })
                #expect(error.faults.map(\.position) == error.faults.map(\.position).sorted())
            }
        }
        #expect(refused > 1000)
    }
}
