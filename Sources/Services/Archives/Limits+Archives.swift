import Base

// What is taken along and put back: exports, imports, backups and restores of single tenants.
extension Limits {}
