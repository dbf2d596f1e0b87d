import Crypto

extension PolicyFiles {
    /// The paths, byte by byte in order.
    var paths: [String] { files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// What `sha256sum` prints for the files in order: for each its hash, two spaces, its path and a line's end.
    public var manifest: String {
        paths.map { "\(SHA256.hash(files[$0] ?? []).hex)  \($0)\n" }.joined()
    }

    /// One hash for all files and their paths: that of the manifest.
    public var manifestDigest: SHA256Digest { SHA256.hash(manifest) }
}
