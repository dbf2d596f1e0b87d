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
#endif
