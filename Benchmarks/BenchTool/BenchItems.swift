import Base

/// The items that everything here reads and writes: records of one school, by default with a JSON text of 1 KB.
struct BenchItems {
    /// The bytes of an item's text, as it is stored and sent.
    static let imageBytes = 1024
    /// The bytes of the text of an item that is one of a class's.
    static let memberBytes = 300
    /// The items of a class: what a query brings back.
    static let classItems = 20

    let school: String
    let count: Int

    func partition(_ number: Int) -> String { "TENANT#\(school)#STUDENT#\(BenchItems.digits(number))" }

    var sort: String { "PROFILE" }

    func key(_ number: Int) -> String { BenchItems.key(partition(number), sort) }

    /// The item's text: the same for the same `number` and `version`.
    func item(_ number: Int, version: Int = 0, bytes: Int = imageBytes) -> String {
        BenchItems.item(
            partition(number), sort, bytes: bytes, seed: UInt64(number) << 20 | UInt64(version))
    }

    /// Numbers of items in a random order, the same for the same seed.
    func numbers(_ count: Int, seed: Int) -> [Int] {
        var random = Mixer(state: UInt64(seed))
        return (0..<count).map { _ in Int(random.next() % UInt64(self.count)) }
    }

    /// Numbers of items to write again and again, each twice, so that with a version by its place no item is written as it lies
    /// there: SQLite leaves out what would change nothing, and that is no write to measure.
    func writtenNumbers(_ count: Int, seed: Int) -> [Int] {
        let once = numbers((count + 1) / 2, seed: seed)
        return Array((once + once).prefix(count))
    }

    // MARK: Classes

    /// How many classes the items make.
    var classes: Int { max(1, count / BenchItems.classItems) }

    func classPartition(_ number: Int) -> String { "TENANT#\(school)#CLASS#\(BenchItems.digits(number))" }

    /// A member of a class: item `number` of the class that many items come to.
    func member(_ number: Int) -> String {
        BenchItems.item(
            classPartition(number / BenchItems.classItems),
            "STUDENT#\(BenchItems.digits(number % BenchItems.classItems))", bytes: BenchItems.memberBytes,
            seed: UInt64(number) << 20)
    }

    // MARK: Texts

    private static func key(_ partition: String, _ sort: String) -> String {
        #"{"recordKey":{"S":"\#(partition)"},"entityKey":{"S":"\#(sort)"}}"#
    }

    private static func item(_ partition: String, _ sort: String, bytes: Int, seed: UInt64) -> String {
        let head = #"{"recordKey":{"S":"\#(partition)"},"entityKey":{"S":"\#(sort)"},"note":{"S":""#
        return head + note(bytes - head.utf8.count - noteEnd.utf8.count, seed: seed) + noteEnd
    }

    private static let noteEnd = #""}}"#

    /// Letters, digits and spaces.
    static func note(_ count: Int, seed: UInt64) -> String {
        var random = Mixer(state: seed)
        let text = (0..<count).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
        return String(decoding: text, as: UTF8.self)
    }

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz 0123456789".utf8)

    private static func digits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
    }
}

/// SplitMix64: the same numbers on every machine.
struct Mixer {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
