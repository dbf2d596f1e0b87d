import Base

extension RunID {
    /// A new run's id: nine characters of time, so that ids sort as the runs were started, and six by chance
    /// (30 bits).
    static func make(at time: Timestamp, random: any RandomSource) -> RunID {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".unicodeScalars)
        var text = "r"
        for shift in stride(from: 40, through: 0, by: -5) {
            text.unicodeScalars.append(alphabet[Int(time.milliseconds >> Int64(shift)) & 31])
        }
        for byte in random.bytes(6) { text.unicodeScalars.append(alphabet[Int(byte & 31)]) }
        guard let id = RunID(text) else { preconditionFailure("`\(text)` has an id's form") }
        return id
    }
}
