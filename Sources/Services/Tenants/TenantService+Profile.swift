import Base
import Registry
import Tenancy

extension TenantService {
    /// Gives the tenant another name. The old one is free again in the same commit. Done already, it does nothing.
    /// - Throws: `TenantError`: no such tenant, no such name, a name that another tenant has, a tenant that is not living.
    @discardableResult
    public func rename(
        _ tenant: TenantID, to name: String, allowsDuplicateName: Bool = false, actor: AuditActor
    ) throws -> TenantRecord {
        let name = try Self.displayName(name, field: "name").text
        return try change(tenant, "tenant.renamed", actor: actor) { record, change in
            try checkLiving(record, wanted: "renamed")
            guard name != record.name else { return }
            let (old, new) = (NameReservation.folded(record.name), NameReservation.folded(name))
            if old != new {
                if let held = try registry.read(NameReservation.self, new) {
                    guard allowsDuplicateName || held.tenant == tenant else {
                        throw TenantError.nameTaken(name, by: held.tenant)
                    }
                } else {
                    change.others.append(.insert(NameReservation(name: name, tenant: tenant)))
                }
                // A tenant that shares its name may not hold it.
                if let held = try registry.read(NameReservation.self, old), held.tenant == tenant {
                    change.others.append(.delete(held))
                }
            }
            change.note("name", record.name, name)
            record.name = name
        }
    }

    /// Gives the tenant another time zone.
    /// - Throws: `TenantError`: no such tenant, no such time zone, a tenant that is not living.
    @discardableResult
    public func setTimezone(
        _ tenant: TenantID, to text: String, actor: AuditActor
    ) throws -> TenantRecord {
        guard let timezone = TimeZoneName(text) else {
            throw TenantError.invalid(
                field: "timezone", value: text,
                remedy: "use a name of the IANA database such as `America/Chicago`")
        }
        return try change(tenant, "tenant.timezone-changed", actor: actor) { record, change in
            try checkLiving(record)
            change.note("timezone", record.timezone.text, timezone.text)
            record.timezone = timezone
        }
    }

    /// Adds a contact. One that is the same in all is there already: nothing is added.
    /// - Throws: `TenantError`: no such tenant, a value of another form, more than `Limits.contactsMax`, a tenant that is not
    ///   living.
    public func addContact(
        _ tenant: TenantID, name: String, role: String, email: String, phone: String?, actor: AuditActor
    ) throws -> TenantContact {
        let name = try Self.displayName(name, field: "name").text
        let role = try Self.displayName(role, field: "role").text
        let phone = try phone.map { try Self.displayName($0, field: "phone").text }
        guard let address = EmailAddress(email) else {
            throw TenantError.invalid(
                field: "email", value: email, remedy: "use an address such as `it@springfield.example`")
        }
        var made: TenantContact?
        _ = try change(tenant, "tenant.contact-added", actor: actor) { record, change in
            try checkLiving(record)
            made = record.contacts.first {
                $0.name == name && $0.role == role && $0.email == address && $0.phone == phone
            }
            guard made == nil else { return }
            guard record.contacts.count < Limits.contactsMax else {
                throw TenantError.tooManyContacts(max: Limits.contactsMax)
            }
            record.lastContact += 1
            let contact = TenantContact(
                number: record.lastContact, name: name, role: role, email: address, phone: phone)
            record.contacts.append(contact)
            // Who it is the record says; the audit, which is kept for longer, says that there is one more.
            change.detail = ["contact": String(contact.number), "role": role]
            made = contact
        }
        guard let made else { preconditionFailure("a contact was added or found") }
        return made
    }

    /// Removes a contact.
    /// - Throws: `TenantError`: no such tenant, no such contact, a tenant that is not living.
    public func removeContact(_ tenant: TenantID, number: Int, actor: AuditActor) throws {
        _ = try change(tenant, "tenant.contact-removed", actor: actor) { record, change in
            try checkLiving(record)
            guard let index = record.contacts.firstIndex(where: { $0.number == number }) else {
                throw TenantError.noSuchContact(tenant, number: number)
            }
            change.detail = ["contact": String(number), "role": record.contacts[index].role]
            record.contacts.remove(at: index)
        }
    }

    static func displayName(_ text: String, field: String) throws(TenantError) -> DisplayName {
        guard let name = DisplayName(text) else {
            throw .invalid(
                field: field, value: text.isEmpty ? "" : "\(text.prefix(40))",
                remedy: "use 1 to \(Limits.displayNameCharactersMax) characters on one line")
        }
        return name
    }
}
