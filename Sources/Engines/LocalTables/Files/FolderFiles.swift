import Tables

/// A folder of whole files: each is written under another name and gets its own when it is complete.
struct FolderFiles {
    /// What the name of a file that is being written ends with.
    static let partEnding = ".part"

    /// The folder.
    let path: String
    /// The file system that it lies on.
    let files: any StoreFiles

    /// The folder at `path`, which is made (mode 0700) where there is none.
    init(path: String, files: any StoreFiles) throws(TableError) {
        self.path = path
        self.files = files
        try files.makeFolder(path)
    }

    /// Lets `body` write a file at the path it is given, which gets the name `name` when it is complete and is then on the disk;
    /// nothing is left where it fails.
    func write<Value>(_ name: String, _ body: (String) throws(TableError) -> Value) throws(TableError)
        -> Value
    {
        let whole = path + "/" + name
        let part = whole + FolderFiles.partEnding
        try files.remove(part)
        do throws(TableError) {
            let value = try body(part)
            try files.rename(part, to: whole)
            try sync()
            return value
        } catch {
            // What is left is removed by the next listing, if it cannot be now.
            do throws(TableError) { try files.remove(part) } catch {}
            throw error
        }
    }

    /// The names of all files, in order.
    func names() throws(TableError) -> [String] { try files.names(in: path) }

    /// Removes the file, or does nothing where there is none.
    func remove(_ name: String) throws(TableError) { try files.remove(path + "/" + name) }

    /// A name in a folder is on the disk when the folder is synced.
    func sync() throws(TableError) { try files.sync(folder: path) }
}
