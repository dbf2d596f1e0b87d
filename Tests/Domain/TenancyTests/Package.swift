/// Where the package lies, for tests that read the files it ships.
enum Package {
    static func path(_ relative: String) -> String {
        let parts = #filePath.split(separator: "/").dropLast(4)
        return "/" + parts.joined(separator: "/") + "/" + relative
    }
}
