import Base
import FoundationEssentials
import Testing

@testable import Tenancy

private func read(_ text: String) -> DistrictFile { DistrictFile(parsing: Array(text.utf8)) }

private let header = "name,tier,admin,school,timezone,external_id\n"

@Suite struct DistrictFileTests {
    @Test func readsColumnsInAnyOrder() throws {
        let file = read(
            "\u{FEFF}Timezone, TIER ,Email,District,Schools\r\n"
                + "America/Chicago,Basic,it@a.example,\" Springfield USD\",Lincoln High; Washington;\r\n")
        let row = try #require(file.rows.first)
        #expect(file.faults == [])
        #expect(row.line == 2)
        #expect(row.name.text == "Springfield USD")
        #expect(row.tier.text == "basic")
        #expect(row.admin.text == "it@a.example")
        #expect(row.schools.map(\.text) == ["Lincoln High", "Washington"])
        #expect(row.timezone.text == "America/Chicago")
        #expect(row.externalID == nil)
    }

    @Test(arguments: [
        ("", ["line 1: the file has no header; begin it with `name,tier,admin,school,timezone`"]),
        (
            "nam,tier,admin,timezone\n",
            ["line 1: `nam` is no column of a district file; did you mean `name`?"]
        ),
        ("name,tier,admin\n", ["line 1: the column `timezone` is missing; add it"]),
        ("name,tier,tier,admin,timezone\n", ["line 1: the column `tier` stands there twice; keep one"]),
        (
            "name;tier;admin;timezone\n",
            ["line 1: `name;tier;admin;timezone` is no column of a district file; separate columns by commas"]
        ),
    ])
    func refusesHeaders(text: String, faults: [String]) {
        #expect(read(text).faults.map(\.description) == faults)
        #expect(read(text).rows == [])
    }

    @Test(arguments: [
        (
            "A,basic,it@a.example,,America/Chicgo,",
            "`America/Chicgo` is no timezone; did you mean `America/Chicago`?"
        ),
        ("A,basic,it@a,,UTC,", "`it@a` is no admin; give an e-mail address such as `it@district.example`"),
        (",basic,it@a.example,,UTC,", "`name` is empty; give a name of 1 to 120 characters"),
        ("A,ba sic,it@a.example,,UTC,", "`ba sic` is no tier; give a tier such as `basic`"),
        ("A,basic,it@a.example,x;X,UTC,", "the school `X` stands there twice; keep one"),
        (
            "A,basic,it@a.example,,UTC",
            "5 fields where the header has 6; put a field that holds a comma in quotes"
        ),
    ])
    func reportsRows(row: String, message: String) {
        let file = read(header + row + "\nB,basic,it@b.example,,UTC,\n")
        #expect(
            file.faults.map { CSVFault(line: $0.line, message: $0.message) } == [
                CSVFault(line: 2, message: message)
            ])
        #expect(file.rows.map(\.name.text) == ["B"])
    }

    @Test func reportsAllFaultsOfARow() {
        #expect(read(header + ",,,,,\n").faults.count == 4)
    }

    /// Columns are counted as they stand in the file, whatever their order.
    @Test(
        arguments: [
            ("name,tier,admin,school,timezone,external_id\n", "A,ba sic,nobody,x;x,Nowhere,", [2, 3, 4, 5]),
            ("timezone,admin,tier,name\n", "Nowhere,nobody,ba sic,", [1, 2, 3, 4]),
            ("name,tier,admin,school,timezone,external_id\n", "A,basic,it@a.example,,\"UTC\"x,", [5]),
            ("name,tier,admin,timezone\n", "A,basic,it@a.example", [nil]),
        ] as [(String, String, [Int?])])
    func tellsTheColumnOfEachFault(header: String, row: String, columns: [Int?]) {
        let faults = read(header + row + "\n").faults
        #expect(faults.map(\.column) == columns)
        #expect(faults.allSatisfy { $0.line == 2 })
    }

    @Test func reportsRepeatedDistricts() {
        let file = read(header + "A,basic,it@a.example,,UTC,\na ,basic,it@a.example,,UTC,\n")
        #expect(file.rows.count == 1)
        #expect(
            file.faults.map(\.description)
                == ["line 3, column 1: the district `a` stands on line 2 already; remove one of them"])
    }

    @Test func takesRepeatedNamesWithExternalIDs() {
        let rows = "A,basic,it@a.example,,UTC,1\nA,basic,it@a.example,,UTC,2\nB,basic,it@a.example,,UTC,1\n"
        let file = read(header + rows)
        #expect(file.rows.map(\.line) == [2, 3])
        #expect(
            file.faults.map(\.description)
                == ["line 4, column 6: the external id `1` stands on line 2 already; make it unique"])
    }

    @Test func keysDependOnTheExternalIDOrTheWholeRow() {
        let rows = [
            "A,basic,it@a.example,x,UTC,", "A,basic,it@a.example,x,UTC,7", "B,basic,it@b.example,x,UTC,7",
            "A,basic,it@a.example,x;y,UTC,", "A,basic,it@a.example,x,UTC,",
        ]
        let keys = rows.flatMap { read(header + $0).rows.map { $0.idempotencyKey { $0 } } }
        #expect(keys[1] == keys[2])
        #expect(keys[0] == keys[4])
        #expect(Set(keys).count == 3)
    }

    @Test func theDemosFileReads() throws {
        let path = Package.path("Templates/demo/districts.csv")
        let file = DistrictFile(parsing: try [UInt8](Data(contentsOf: URL(filePath: path))))
        #expect(file.faults == [])
        #expect(file.rows.count == 20)
        #expect(Set(file.rows.map(\.tier.text)) == ["basic", "advanced", "premium"])
    }
}
