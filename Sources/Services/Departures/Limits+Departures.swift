import Base

// What leaves: tenants with everything they had, and single people.
extension Limits {}
