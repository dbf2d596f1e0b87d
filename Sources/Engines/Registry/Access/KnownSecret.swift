import Base

/// Something that a tenant's own show a secret for, which one of those who run the platform may have been shown as well.
public protocol KnownSecret {
    /// Who of those who run the platform was shown the secret, as the audit names them; nil where the tenant's own alone were.
    var knownTo: String? { get set }
    /// Until when one that they have been shown is good; nil where that has no end.
    var knownUntil: Timestamp? { get set }
}

extension KnownSecret {
    /// Who of those who run the platform may be the one that shows it; nil where the tenant's own alone can.
    public func operatorBehind(at now: Timestamp) -> String? {
        knownUntil.map { now < $0 } ?? true ? knownTo : nil
    }

    /// Notes that there is a new secret, and who of those who run the platform was shown it.
    /// - Parameters:
    ///   - staff: as the audit names them; nil where the tenant's own alone were.
    ///   - formerUntil: until when the secret before is good; nil where it is refused already.
    public mutating func noteNewSecret(shownTo staff: String?, formerUntil: Timestamp?) {
        if let staff {
            (knownTo, knownUntil) = (staff, nil)
        } else if knownTo != nil, knownUntil == nil, let formerUntil {
            knownUntil = formerUntil
        } else {
            (knownTo, knownUntil) = (nil, nil)
        }
    }
}
