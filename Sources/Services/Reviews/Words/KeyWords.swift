import Policies

/// What a condition key is called in prose.
struct KeyWords {
    /// One value of it: "the session's school id".
    let noun: Phrase
    /// Every value that a request brings: the noun itself where there is one at most.
    let every: Phrase
    /// One of the values that a request brings.
    let any: Phrase
    /// That there is a value, as a sentence without a full stop.
    let present: Phrase
    /// That there is none, as a sentence without a full stop.
    let absent: Phrase

    /// The words for a key; one that has none of its own is named as the policy names it.
    init(_ name: ConditionKeyName) {
        switch (name.key, name.tag) {
        case (.leadingKeys, _):
            self.init(several: "record key", verb: "that the request names", "the request names")
        case (.attributes, _):
            self.init(several: "field", verb: "that the request names", "the request names")
        case (.tokenAudience, _):
            self.init(several: "audience", verb: "that the token names", "the token names")
        case (.principalTag, let tag?): self.init("the session", KeyWords.named(tag))
        case (.requestTag, let tag?): self.init("the request", "tag \(exact: tag)")
        case (.resourceTag, let tag?): self.init("the table", "tag \(exact: tag)")
        case (let key, _):
            if let (owner, thing) = KeyWords.owned[key] {
                self.init(owner, thing)
            } else if key.isMultivalued {
                self.init(several: "value", verb: "of \(exact: name.text)", "the request brings")
            } else {
                self.init(single: "\(exact: name.text)")
            }
        }
    }

    private static func named(_ tag: String) -> Phrase {
        switch tag {
        case "school_id": "school id"
        case "student_id": "student id"
        case "tenant_id": "district id"
        case "role": "role"
        case "tier": "tier"
        default: "tag \(exact: tag)"
        }
    }

    /// Keys of one value that somebody has.
    private static let owned: [ConditionKey: (owner: Phrase, thing: Phrase)] = [
        .tokenRole: ("the token", "role"), .tokenTier: ("the token", "tier"),
        .tokenTenantId: ("the token", "district id"), .tokenSchoolId: ("the token", "school id"),
        .tokenStudentId: ("the token", "student id"),
        .tokenSubject: ("the token", "holder"), .tokenIssuer: ("the token", "issuer"),
        .principalArn: ("the session", "ARN"), .userid: ("the session", "user id"),
        .sourceIp: ("the caller", "address"), .secureTransport: ("the request", "encryption (TLS) mark"),
        .requestedRegion: ("the request", "region"),
        .fullTableScan: (
            "the statement", "mark for reading a whole table (\(exact: "dynamodb:FullTableScan"))"
        ),
        .select: ("the request", "choice of what to return (\(exact: "dynamodb:Select"))"),
        .returnValues: ("the request", "choice of what to return (\(exact: "dynamodb:ReturnValues"))"),
        .enclosingOperation: (
            "the request", "enclosing operation (\(exact: "dynamodb:EnclosingOperation"))"
        ),
        .stsRoleSessionName: ("the session", "name"),
    ]

    private init(_ owner: Phrase, _ thing: Phrase) {
        noun = "\(owner)'s \(thing)"
        every = noun
        any = noun
        present = "\(owner) has \(KeyWords.article(thing)) \(thing)"
        absent = "\(owner) has no \(thing)"
    }

    private static func article(_ thing: Phrase) -> Phrase {
        guard let first = thing.text.first else { return "a" }
        return "aeioA".contains(first) ? "an" : "a"
    }

    private init(single name: Phrase) {
        noun = name
        every = name
        any = name
        present = "\(name) is there"
        absent = "\(name) is not there"
    }

    private init(several thing: Phrase, verb: Phrase, _ names: Phrase) {
        noun = "the \(thing) \(verb)"
        every = "every \(thing) \(verb)"
        any = "at least one \(thing) \(verb)"
        present = "\(names) at least one \(thing)"
        absent = "\(names) no \(thing)"
    }
}
