import Base

/// The receipt of a move for people: what was done, how it was checked, and its place in the chain.
enum ReceiptView {
    static func pairs(of receipt: JSONAnswer) -> [(String, String)] {
        let route = receipt["route"]
        var pairs = [
            ("outcome", outcome(receipt.text("outcome"))),
            ("from", end(route?["source"])),
            ("to", end(route?["target"])),
        ]
        if let copied = receipt["copied"] {
            let items = Figures.count(copied.number("items"))
            pairs.append(("copied", "\(items) items, \(Figures.bytes(copied.number("bytes")))"))
        }
        pairs += [
            ("verified", "\(Figures.count(receipt.number("verifiedItems"))) items before the switch"),
            ("confirmed", "\(Figures.count(receipt.number("confirmedItems"))) items after it"),
            ("changes", "\(Figures.count(receipt.number("changesApplied"))) writes caught up with"),
        ]
        if let pause = receipt["writePauseMilliseconds"]?.double {
            pairs.append(("write pause", "\(Figures.oneDecimal(pause)) ms at the switch"))
        }
        if let pause = receipt["rollbackPauseMilliseconds"]?.double {
            pairs.append(("", "\(Figures.oneDecimal(pause)) ms at the switch back"))
        }
        pairs += [
            ("fences", String(receipt.number("fences"))),
            ("cleaned up", "\(Figures.count(receipt.number("cleanedItems"))) items"),
            ("number", String(receipt.number("number"))),
            ("digest", receipt.text("digest")),
            ("follows", receipt.text("previousDigest")),
        ]
        return pairs.map { ("  " + $0.0, $0.1) }
    }

    private static func outcome(_ name: String) -> String {
        switch name {
        case "moved": "moved"
        case "rolledBack": "rolled back: the tenant is where it was, with its later writes"
        case "cancelled": "cancelled: the tenant never left its place"
        default: name
        }
    }

    private static func end(_ end: JSONAnswer?) -> String {
        guard let end else { return "" }
        return "\(end.text("tier")), store \(end.text("store"))"
    }
}
