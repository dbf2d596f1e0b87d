import Base
import Registry
import Synchronization

/// Which pages of exports of the audit may be asked for next, and by whom: an export has one entry in the audit, made with its
/// first page. Who comes with a cursor that is not in the book, made up or another's, begins an export of their own.
///
/// It is kept in memory: an export that goes on after a restart of the server has a second entry.
public final class ExportBook: Sendable {
    private struct Page: Hashable {
        let actor: String
        let kind: AuditKind
        /// The period, as it was asked for.
        let span: String
        let cursor: String
    }

    private let pages = Mutex<[Page]>([])

    /// A book of no export.
    public init() {}

    /// Whether the page is one of an export that the audit knows. It may be asked for again.
    func knows(_ cursor: String, of kind: AuditKind, _ span: String, by actor: AuditActor) -> Bool {
        let page = Page(actor: actor.text, kind: kind, span: span, cursor: cursor)
        return pages.withLock { $0.contains(page) }
    }

    /// Notes where an export goes on.
    func note(_ cursor: String, of kind: AuditKind, _ span: String, by actor: AuditActor) {
        let page = Page(actor: actor.text, kind: kind, span: span, cursor: cursor)
        pages.withLock { pages in
            pages.removeAll { $0 == page }
            if pages.count >= Limits.controlExportPagesMax { pages.removeFirst() }
            pages.append(page)
        }
    }
}
