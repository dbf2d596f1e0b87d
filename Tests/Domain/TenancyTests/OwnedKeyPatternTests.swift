import Base
import Testing

@testable import Tenancy

private let random = SeededRandom(seed: 7)
private let tenant = TenantID(random: random)
private let school = SchoolID(random: random)
private let other = SchoolID(random: random)

private func pattern(_ text: String) throws(OwnedKeyPatternError) -> OwnedKeyPattern {
    try OwnedKeyPattern(parsing: text)
}

@Suite struct OwnedKeyPatternTests {
    @Test(arguments: ["{tenantId}", "{schoolId}", "TENANT#{schoolId}#*", "a{tenantId}#b", "É#{tenantId}|*"])
    func readsAndWritesPatterns(text: String) throws {
        #expect(try pattern(text).description == text)
    }

    @Test(arguments: [
        ("", OwnedKeyPatternError.noVariable("")),
        ("TENANT#*", .noVariable("TENANT#*")),
        ("{tenantId}#{schoolId}", .severalVariables("{tenantId}#{schoolId}")),
        ("{tenantId", .unclosedVariable("{tenantId")),
        ("}{tenantId}", .unclosedVariable("}{tenantId}")),
        ("{tenantId}#}", .unclosedVariable("{tenantId}#}")),
        ("{tenantid}", .unknownVariable("tenantid")),
        ("*{tenantId}", .misplacedStar("*{tenantId}")),
        ("{tenantId}#**", .misplacedStar("{tenantId}#**")),
        ("TENANT#{schoolId}*", .noDelimiter("TENANT#{schoolId}*")),
        ("{schoolId}a", .noDelimiter("{schoolId}a")),
        ("{schoolId}é*", .noDelimiter("{schoolId}é*")),
        (String(repeating: "a", count: 247) + "{tenantId}", .tooLong(bytes: 257)),
    ])
    func refuses(text: String, error: OwnedKeyPatternError) {
        #expect(throws: error) { try pattern(text) }
    }

    @Test func saysWhatWasProbablyMeant() {
        #expect(
            OwnedKeyPatternError.unknownVariable("tenantid").description
                == "`{tenantid}` is no variable of an owned-key pattern; did you mean `tenantId`?")
        #expect(
            OwnedKeyPatternError.unknownVariable("district").description
                == "`{district}` is no variable of an owned-key pattern; use `tenantId` or `schoolId`")
    }

    @Test func findsTheOwner() throws {
        let open = try pattern("TENANT#{schoolId}#*")
        let exact = try pattern("{tenantId}")
        #expect(open.owner(of: Array("TENANT#\(school)#STUDENT#1".utf8)) == .school(school))
        #expect(open.owner(of: Array("TENANT#\(school)#".utf8)) == .school(school))
        #expect(exact.owner(of: Array(tenant.text.utf8)) == .tenant(tenant))
    }

    @Test(arguments: [
        ("TENANT#{schoolId}#*", "TENANT#\(school)"),
        ("TENANT#{schoolId}#*", "TENANT#\(school)x#STUDENT#1"),
        ("TENANT#{schoolId}#*", "TENANT#\(school.text.dropLast())#STUDENT#1"),
        ("TENANT#{schoolId}#*", "TENANT#\(tenant)#STUDENT#1"),
        ("TENANT#{schoolId}#*", "tenant#\(school)#STUDENT#1"),
        ("TENANT#{schoolId}#*", "TENANT#\(school.text.uppercased())#STUDENT#1"),
        ("TENANT#{schoolId}#*", ""),
        ("{tenantId}", "\(tenant)#"),
        ("{tenantId}", "\(school)"),
        ("{tenantId}", String(tenant.text.dropLast()) + "u"),
    ])
    func findsNoOwner(text: String, key: String) throws {
        #expect(try pattern(text).owner(of: Array(key.utf8)) == nil)
    }

    @Test func findsNoOwnerInBytesThatAreNoText() throws {
        let key = Array("TENANT#".utf8) + [UInt8](repeating: 0xFF, count: 16) + Array("#".utf8)
        #expect(try pattern("TENANT#{schoolId}#*").owner(of: key) == nil)
    }

    @Test func matchesOnlyTheOwnersIDs() throws {
        let owners = KeyOwners(tenant: tenant, schools: [school])
        let open = try pattern("TENANT#{schoolId}#*")
        #expect(open.matches(Array("TENANT#\(school)#x".utf8), owners: owners))
        #expect(!open.matches(Array("TENANT#\(other)#x".utf8), owners: owners))
        #expect(!open.matches(Array("TENANT#\(tenant)#x".utf8), owners: owners))
        #expect(try pattern("{tenantId}").matches(Array(tenant.text.utf8), owners: owners))
        #expect(try !pattern("{tenantId}").matches(Array(school.text.utf8), owners: owners))
    }

    @Test func spansHoldTheOwnedKeysAndNoOthers() throws {
        let spans = OwnedKeys([try pattern("TENANT#{schoolId}#*"), try pattern("{tenantId}")])
            .spans(tenant: tenant, schools: [other, school, other])
        let first = min(school, other)
        let second = max(school, other)
        #expect(
            spans == [
                KeySpan(lower: Array("TENANT#\(first)#".utf8), upper: Array("TENANT#\(first)$".utf8)),
                KeySpan(lower: Array("TENANT#\(second)#".utf8), upper: Array("TENANT#\(second)$".utf8)),
                KeySpan(lower: Array(tenant.text.utf8), upper: Array(tenant.text.utf8) + [0]),
            ])
    }

    /// For random tenants, keys and patterns: a key lies in an owner's spans exactly if the pattern says it is theirs.
    @Test func spansAndOwnersAgree() throws {
        let random = SeededRandom(seed: 20_260_101)
        let patterns = try ["{tenantId}", "TENANT#{schoolId}#*", "S{schoolId}-", "T/{tenantId}/*"].map(
            pattern)
        let districts = (0..<6).map { _ in
            (TenantID(random: random), (0..<3).map { _ in SchoolID(random: random) })
        }
        let alphabet = Array("#0az/-$".utf8) + [0, 0xFF]
        var owned = 0
        for _ in 0..<20_000 {
            let pattern = patterns[Int(random.next() % 4)]
            let district = districts[Int(random.next() % 6)]
            let ids = [district.0.text] + district.1.map(\.text)
            var key = pattern.prefix + Array(ids[Int(random.next() % 4)].utf8) + pattern.suffix
            switch random.next() % 4 {
            case 0: key.append(alphabet[Int(random.next() % UInt64(alphabet.count))])
            case 1: key[Int(random.next() % UInt64(key.count))] = alphabet[Int(random.next() % 9)]
            case 2: key.removeLast()
            default: break
            }
            let owner = pattern.owner(of: key)
            for (tenant, schools) in districts {
                let isOwned =
                    switch owner {
                    case .tenant(let id): id == tenant
                    case .school(let id): schools.contains(id)
                    case nil: false
                    }
                let inSpan = pattern.spans(tenant: tenant, schools: schools).contains { span in
                    !key.lexicographicallyPrecedes(span.lower)
                        && key.lexicographicallyPrecedes(span.upper ?? [])
                }
                #expect(inSpan == isOwned, "key \(key) of \(pattern)")
                #expect(pattern.matches(key, owners: KeyOwners(tenant: tenant, schools: schools)) == isOwned)
                if isOwned { owned += 1 }
            }
        }
        #expect(owned > 2000)
    }

    @Test(arguments: [
        ("{tenantId}", "{tenantId}", true),
        ("{tenantId}", "{schoolId}", false),
        ("A#{tenantId}#*", "A#{tenantId}#B#*", true),
        ("A#{tenantId}#*", "A#{schoolId}#*", false),
        ("A#{tenantId}#*", "B#{tenantId}#*", false),
        ("A#{tenantId}#", "A#{tenantId}#B", false),
        ("{tenantId}", "t{tenantId}", false),
        ("{tenantId}#*", "t0{schoolId}#*", false),
        ("t{tenantId}", "{tenantId}#*", false),
        ("{tenantId}#*", "t0123456789abcde{schoolId}", false),
        ("t0123456789abcde#{schoolId}", "{tenantId}#*", true),
    ])
    func findsOverlaps(left: String, right: String, isOverlap: Bool) throws {
        #expect(try pattern(left).overlaps(pattern(right)) == isOverlap)
        #expect(try pattern(right).overlaps(pattern(left)) == isOverlap)
    }

    @Test func survivesAnyText() {
        let random = SeededRandom(seed: 42)
        let pieces = ["{", "}", "*", "#", "tenantId", "schoolId", "{tenantId}", "{schoolId}", "a", "é", ""]
        var accepted = 0
        for _ in 0..<20_000 {
            let text = (0..<Int(random.next() % 6)).map { _ in pieces[Int(random.next() % 11)] }.joined()
            do throws(OwnedKeyPatternError) {
                let pattern = try pattern(text)
                #expect(pattern.description == text)
                accepted += 1
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
        #expect(accepted > 100)
    }
}
