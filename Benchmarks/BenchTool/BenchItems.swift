import Base

/// The items that everything here reads and writes: student records of one school whose JSON text is 1 KB.
struct BenchItems {
    /// The bytes of an item's text, as it is stored and sent.
    static let imageBytes = 1024

    let school: String
    let count: Int

    func partition(_ number: Int) -> String {
        let digits = String(number)
        return "TENANT#\(school)#STUDENT#" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    var sort: String { "PROFILE" }

    func key(_ number: Int) -> String {
        #"{"recordKey":{"S":"\#(partition(number))"},"entityKey":{"S":"\#(sort)"}}"#
    }

    /// The item's text: the same for the same `number` and `version`.
    func item(_ number: Int, version: Int = 0) -> String {
        let head = #"{"recordKey":{"S":"\#(partition(number))"},"entityKey":{"S":"\#(sort)"},"note":{"S":""#
        let tail = #""}}"#
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz 0123456789".utf8)
        var random = Mixer(state: UInt64(number) << 20 | UInt64(version))
        let room = BenchItems.imageBytes - head.utf8.count - tail.utf8.count
        let text = (0..<room).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
        return head + String(decoding: text, as: UTF8.self) + tail
    }

    /// Numbers of items in a random order, the same for the same seed.
    func numbers(_ count: Int, seed: Int) -> [Int] {
        var random = Mixer(state: UInt64(seed))
        return (0..<count).map { _ in Int(random.next() % UInt64(self.count)) }
    }
}

/// SplitMix64: the same numbers on every machine.
private struct Mixer {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
