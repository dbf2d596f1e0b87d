// What SQLite does by itself, in the layout of a store's tables: a rowid table with a unique index on (pk, sk).
// raw-sqlite writes FILE SECONDS    groups of 64 rows of 1 KB under random keys, each group synced; prints rows a second
// raw-sqlite fill FILE ROWS         makes a file with that many rows of 1 KB
// raw-sqlite copy FROM TO           one INSERT ... SELECT from one file to a new one, synced; prints rows a second
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GROUP 64
#define ITEM_BYTES 1024

static sqlite3 *database;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void check(int code, const char *what) {
    if (code == SQLITE_OK || code == SQLITE_DONE) return;
    fprintf(stderr, "raw-sqlite: %s: %s\n", what, sqlite3_errmsg(database));
    exit(1);
}

static void run(const char *sql) { check(sqlite3_exec(database, sql, NULL, NULL, NULL), sql); }

static void open_file(const char *path) {
    check(sqlite3_open(path, &database), path);
    run("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 2000; PRAGMA secure_delete = FAST;");
    run("CREATE TABLE IF NOT EXISTS t1 (pk BLOB NOT NULL, sk BLOB NOT NULL, size INTEGER NOT NULL, item BLOB NOT NULL);"
        "CREATE UNIQUE INDEX IF NOT EXISTS t1_key ON t1 (pk, sk);");
}

static uint64_t random_state = 88172645463325252ull;

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void insert_row(sqlite3_stmt *statement, uint64_t key, const char *item) {
    char text[64];
    int length = snprintf(text, sizeof text, "TENANT#s000000000000000#STUDENT#%016llx", (unsigned long long)key);
    sqlite3_bind_blob(statement, 1, text, length, SQLITE_TRANSIENT);
    sqlite3_bind_blob(statement, 2, "PROFILE", 7, SQLITE_STATIC);
    sqlite3_bind_int(statement, 3, ITEM_BYTES);
    sqlite3_bind_blob(statement, 4, item, ITEM_BYTES, SQLITE_STATIC);
    check(sqlite3_step(statement), "insert");
    sqlite3_reset(statement);
}

int main(int count, char **arguments) {
    if (count < 4) {
        fprintf(stderr, "usage: raw-sqlite writes FILE SECONDS | fill FILE ROWS | copy FROM TO\n");
        return 2;
    }
    const char *command = arguments[1];
    static char item[ITEM_BYTES];
    memset(item, 'x', sizeof item);
    if (strcmp(command, "copy") == 0) {
        open_file(arguments[3]);
        char attach[4096];
        snprintf(attach, sizeof attach, "ATTACH '%s' AS source", arguments[2]);
        run(attach);
        double begun = now();
        run("INSERT INTO main.t1 SELECT pk, sk, size, item FROM source.t1 ORDER BY pk, sk");
        double seconds = now() - begun;
        printf("%.0f\n", (double)sqlite3_changes(database) / seconds);
        return 0;
    }
    open_file(arguments[2]);
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v2(database,
                             "INSERT INTO t1 (pk, sk, size, item) VALUES (?, ?, ?, ?) ON CONFLICT (pk, sk) DO "
                             "UPDATE SET size = excluded.size, item = excluded.item",
                             -1, &statement, NULL),
          "prepare");
    if (strcmp(command, "fill") == 0) {
        long rows = atol(arguments[3]);
        run("BEGIN");
        for (long row = 0; row < rows; row++) insert_row(statement, (uint64_t)row, item);
        run("COMMIT");
        return 0;
    }
    double limit = atof(arguments[3]);
    double begun = now();
    long rows = 0;
    while (now() - begun < limit) {
        run("BEGIN");
        for (int row = 0; row < GROUP; row++) insert_row(statement, next_random() % 1000000, item);
        run("COMMIT");
        rows += GROUP;
    }
    printf("%.0f\n", (double)rows / (now() - begun));
    return 0;
}
