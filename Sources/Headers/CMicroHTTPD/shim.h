#ifndef HOMEROOM_CMICROHTTPD_H
#define HOMEROOM_CMICROHTTPD_H
// The TLS of libmicrohttpd is GnuTLS, whose sessions it hands out.
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <linux/sched/types.h>
#include <malloc.h>
#include <microhttpd.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// What the variadic MHD_start_daemon takes, as a plain structure. Every callback gets `context` as its first argument.
struct homeroom_http_options {
    int listen_socket;
    int is_ipv6;
    // Then every connection is given its certificate when it begins: see homeroom_http_show_certificate.
    int is_tls;
    unsigned int threads;
    unsigned int connections_max;
    unsigned int idle_timeout_seconds;
    size_t connection_memory_bytes;
    void *context;
    MHD_AccessHandlerCallback on_access;
    MHD_RequestCompletedCallback on_completed;
    MHD_NotifyConnectionCallback on_connection;
    void *(*on_target)(void *context, const char *target, struct MHD_Connection *connection);
    size_t (*on_unescape)(void *context, struct MHD_Connection *connection, char *text);
};

// A macro beside a global variable: neither is for Swift.
static inline void homeroom_tls_free(void *memory) { gnutls_free(memory); }

// TLS 1.2 with forward secrecy, or 1.3, and only ciphers that authenticate; of what both sides know the server chooses.
// Source: "Priority Strings" in the manual of GnuTLS.
#define HOMEROOM_TLS_PRIORITIES                                                                                            \
    "PFS:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-DHE-RSA:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:" \
    "+AEAD:%SERVER_PRECEDENCE"

// The certificate of a connection that was given none: there is none, and the handshake fails.
static inline int homeroom_http_no_certificate(gnutls_session_t session, const gnutls_datum_t *authorities,
                                               int authorities_count, const gnutls_pk_algorithm_t *algorithms,
                                               int algorithms_count, gnutls_pcert_st **certificates,
                                               unsigned int *certificates_count, gnutls_privkey_t *key) {
    (void)session, (void)authorities, (void)authorities_count, (void)algorithms, (void)algorithms_count;
    (void)certificates, (void)certificates_count, (void)key;
    return -1;
}

// How long this thread, and those that it starts, have the processor at a stretch while others wait for it: so much earlier they get
// it when they wake. In nanoseconds; 0 for what the system gives everybody. A wish: systems before Linux 6.12, or that refuse, go on
// as they were. The C library has no function for it, and `syscall` is variadic. Source: sched_setattr(2), sched_attr.sched_runtime.
static inline void homeroom_http_set_slice(uint64_t nanoseconds) {
    struct sched_attr attributes = {.size = sizeof attributes};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0)) return;
    attributes.sched_runtime = nanoseconds;
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

static inline struct MHD_Daemon *homeroom_http_start(const struct homeroom_http_options *options) {
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    if (options->is_ipv6) flags |= MHD_USE_IPv6;
    if (options->is_tls) flags |= MHD_USE_TLS;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)HOMEROOM_TLS_PRIORITIES},
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)&homeroom_http_no_certificate},
        {MHD_OPTION_END, 0, NULL},
    };
    // An array in an array: nothing, where there is no TLS.
    struct MHD_OptionItem *secure = options->is_tls ? tls : tls + 2;
    // The pool's size comes last: it must not be given for a single thread.
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_LISTEN_SOCKET, options->listen_socket, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, options->connections_max, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_seconds, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)options->connection_memory_bytes, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)options->on_completed, options->context},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)options->on_connection, options->context},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)options->on_target, options->context},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)options->on_unescape, options->context},
        {MHD_OPTION_ARRAY, 0, secure},
        {options->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, options->threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(flags, 0, NULL, NULL, options->on_access, options->context, MHD_OPTION_ARRAY, items,
                            MHD_OPTION_END);
}

// From a megabyte on a piece of memory is the system's again as soon as it is free. The C library would raise that size to the
// largest piece that it has seen, and then keep what large bodies have used. Source: mallopt(3).
static inline int homeroom_http_return_large_memory(void) { return mallopt(M_MMAP_THRESHOLD, 1024 * 1024); }

// What NOTIFY_CONNECTION kept for the connection, or NULL.
static inline void *homeroom_http_connection_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static inline int homeroom_http_connection_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

// The connection's TLS session, or NULL.
static inline gnutls_session_t homeroom_http_connection_tls(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info ? (gnutls_session_t)info->tls_session : NULL;
}

// Lets a session that begins show a certificate, and tell once the client has done its part of the handshake. `context` is what
// gnutls_session_get_ptr answers then. The credentials must live as long as the session.
static inline int homeroom_http_show_certificate(gnutls_session_t session, gnutls_certificate_credentials_t credentials,
                                                 void *context, gnutls_handshake_hook_func on_finished) {
    gnutls_session_set_ptr(session, context);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, on_finished);
    return gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
}

static inline const struct sockaddr *homeroom_http_connection_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

static inline int homeroom_http_is_started(enum MHD_ConnectionNotificationCode code) {
    return code == MHD_CONNECTION_NOTIFY_STARTED;
}

static inline void homeroom_http_each_header(struct MHD_Connection *connection, MHD_KeyValueIteratorN visit,
                                             void *context) {
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, visit, context);
}

// A response whose body MHD copies, so that the caller's bytes are free at once.
static inline struct MHD_Response *homeroom_http_response(const void *bytes, size_t count) {
    return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}

// A response whose body stays the caller's, unchanged until the response is destroyed.
static inline struct MHD_Response *homeroom_http_response_lent(const void *bytes, size_t count) {
    return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_PERSISTENT);
}

// A response whose body is asked for piece by piece, and whose length is not known.
static inline struct MHD_Response *homeroom_http_stream(size_t piece, MHD_ContentReaderCallback reader, void *context,
                                                        MHD_ContentReaderFreeCallback done) {
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, piece, reader, context, done);
}

static inline ssize_t homeroom_http_stream_end(void) { return MHD_CONTENT_READER_END_OF_STREAM; }

static inline int homeroom_http_add_header(struct MHD_Response *response, const char *name, const char *value) {
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

static inline int homeroom_http_queue(struct MHD_Connection *connection, unsigned int status,
                                      struct MHD_Response *response) {
    return MHD_queue_response(connection, status, response) == MHD_YES;
}
#endif
