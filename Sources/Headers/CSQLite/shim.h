#ifndef HOMEROOM_CSQLITE_H
#define HOMEROOM_CSQLITE_H
#include <sqlite3.h>

// SQLITE_STATIC and SQLITE_TRANSIENT are casts that Swift does not import.
static inline int homeroom_bind_blob_copy(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}
static inline int homeroom_bind_text_copy(sqlite3_stmt *statement, int index, const char *bytes, int count) {
    return sqlite3_bind_text(statement, index, bytes, count, SQLITE_TRANSIENT);
}
// Without it SQLite takes a lock that all connections share at each allocation, to count bytes that nobody asks for. Before
// anything else of SQLite is called. Source: sqlite.org/c3ref/c_config_covering_index_scan.html, SQLITE_CONFIG_MEMSTATUS.
static inline int homeroom_sqlite_configure(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
// The system's error number of the last call that failed on the log, or on the file where none failed there: a commit that fails does
// not hand it to sqlite3_system_errno. Source: sqlite.org/c3ref/c_fcntl_begin_atomic_write.html.
static inline int homeroom_sqlite_file_errno(sqlite3 *connection) {
    sqlite3_file *log = 0;
    int number = 0;
    if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log && log->pMethods)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
    if (number == 0) sqlite3_file_control(connection, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
    return number;
}
// What of the file is written is on the disk behind it. SQLite has no call for that. Source: sqlite.org/c3ref/io_methods.html, xSync.
static inline int homeroom_sqlite_sync_file(sqlite3 *connection) {
    sqlite3_file *file = 0;
    int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK || !file || !file->pMethods) return code;
    return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}
// sqlite3_db_config is variadic.
static inline int homeroom_sqlite_keep_log_on_close(sqlite3 *connection) {
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
#endif
