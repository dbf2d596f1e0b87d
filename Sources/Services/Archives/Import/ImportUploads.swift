import Base
import Registry
import Tables

/// What clients have sent to be imported, by the tenant that it is for.
public struct ImportUploads: Sendable {
    private let folder: ArchiveFolder

    /// The uploads in this folder.
    public init(folder: ArchiveFolder) { self.folder = folder }

    /// The file beside an upload that says whose it is.
    static func owner(_ upload: UploadID) -> String { "\(upload).tenant" }

    /// The tenant's uploads, the oldest first.
    public func uploads(of tenant: TenantID) throws(ArchiveError) -> [UploadID] {
        guard folder.isThere else { return [] }
        var found: [UploadID] = []
        for name in try folder.names() where name.hasSuffix(".tenant") {
            guard let upload = UploadID(String(name.dropLast(7))),
                try folder.read(name, bytesMax: 100) == Array(tenant.text.utf8)
            else { continue }
            found.append(upload)
        }
        return found
    }

    /// Removes an upload, or does nothing where there is none. Its owner's name goes last, so that it is found again after a crash.
    public func remove(_ upload: UploadID) throws(ArchiveError) {
        try folder.folder(upload.text).remove()
        try folder.remove(ImportUploads.owner(upload))
    }
}
