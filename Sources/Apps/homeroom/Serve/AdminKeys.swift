import Base
import ControlAPI
import Registry

/// Sees to it that there is an administrator's key.
struct AdminKeys {
    let registry: Registry
    let folder: DataFolder
    let clock: any Clock

    /// Makes the first key where the registry knows none. The file is written before the record, so that a start that was
    /// cut short between them goes on with the same key.
    func ensure(random: some RandomSource) throws -> System.AdminKey {
        // Keys that were made here are few and found at once; one with an id of somebody's own choice is looked for among all.
        if try knowsAdmin(prefix: ControlKey.adminIDPrefix) || knowsAdmin(prefix: "") { return .known }
        let key: ControlKey
        if let kept = try folder.adminKey() {
            key = kept
        } else {
            key = ControlKey.newAdmin(random: random)
            try folder.keep(adminKey: key)
        }
        let record = CredentialRecord(
            id: key.id, kind: .admin, role: "admin", secretDigest: key.secretDigest, createdAt: clock.now(),
            label: "made at the first start")
        try registry.transact(
            RegistryTransaction(
                [.insert(record)],
                audit: [
                    AuditNote(
                        actor: .system, action: "credential.created", subject: key.id,
                        detail: ["kind": "admin"],
                        after: ["state": "active", "role": record.role])
                ]))
        return .new(key.text)
    }

    private func knowsAdmin(prefix: String) throws -> Bool {
        var isKnown = false
        try registry.forEach(CredentialRecord.self, prefix: prefix) { record in
            if record.kind == .admin { isKnown = true }
        }
        return isKnown
    }
}
