// The measure that the gateway is compared with: plain libmicrohttpd that reads a request's whole body and answers with a
// fixed number of bytes. Usage: bare-server PORT BYTES [THREADS [NANOSECONDS]]. Ends when it is signalled.
// With NANOSECONDS it idles so long before each answer, busily: as slow as another server, it costs what the library costs at
// that pace, the waking of clients that have gone to sleep included.
#include <microhttpd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *answer;
static size_t answer_bytes;
static int64_t delay_nanoseconds;

static int64_t now_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static enum MHD_Result on_access(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                 const char *version, const char *body, size_t *body_bytes, void **state) {
    static int seen;
    (void)context, (void)url, (void)method, (void)version, (void)body;
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    if (*body_bytes > 0) {
        *body_bytes = 0;
        return MHD_YES;
    }
    if (delay_nanoseconds > 0) {
        int64_t end = now_nanoseconds() + delay_nanoseconds;
        while (now_nanoseconds() < end) {
        }
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(answer_bytes, answer, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "application/x-amz-json-1.0");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: bare-server PORT BYTES [THREADS [NANOSECONDS]]\n");
        return 2;
    }
    unsigned int threads = count > 3 ? (unsigned int)atoi(arguments[3]) : 1;
    delay_nanoseconds = count > 4 ? atoll(arguments[4]) : 0;
    answer_bytes = (size_t)atol(arguments[2]);
    answer = malloc(answer_bytes + 1);
    if (answer == NULL || threads == 0) return 2;
    memset(answer, 'x', answer_bytes);

    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_CONNECTION_LIMIT, 1024, NULL},
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)atoi(arguments[1]), NULL, NULL, on_access,
                         NULL, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    if (daemon == NULL) {
        fprintf(stderr, "bare-server: cannot listen on port %s\n", arguments[1]);
        return 1;
    }
    int signal_number;
    sigwait(&signals, &signal_number);
    MHD_stop_daemon(daemon);
    free(answer);
    return 0;
}
