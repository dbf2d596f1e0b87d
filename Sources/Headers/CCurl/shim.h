#ifndef HOMEROOM_CCURL_H
#define HOMEROOM_CCURL_H
#include <curl/curl.h>
#include <string.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, so each type of argument has a function here.
typedef size_t (*homeroom_curl_sink)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode homeroom_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode homeroom_curl_set_size(CURL *handle, CURLoption option, long long value) {
    return curl_easy_setopt(handle, option, (curl_off_t)value);
}
static inline CURLcode homeroom_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode homeroom_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode homeroom_curl_set_sink(CURL *handle, CURLoption option, homeroom_curl_sink value) {
    return curl_easy_setopt(handle, option, value);
}
typedef curl_socket_t (*homeroom_curl_opener)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

static inline CURLcode homeroom_curl_set_opener(CURL *handle, homeroom_curl_opener opener, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, opener);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context) : code;
}
static inline CURLcode homeroom_curl_get_status(CURL *handle, long *status) {
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status);
}
// Why OpenSSL did not take the server's certificate: 0 where it did.
static inline long homeroom_curl_verify_result(CURL *handle) {
    long result = 0;
    return curl_easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &result) == CURLE_OK ? result : -1;
}

// When the server's own certificate ends, in seconds since 1970; -1 where it is not known. Source: CURLINFO_CERTINFO(3).
static inline long long homeroom_curl_certificate_end(CURL *handle) {
    struct curl_certinfo *chain = NULL;
    if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1) return -1;
    static const char name[] = "Expire date:";
    for (struct curl_slist *line = chain->certinfo[0]; line; line = line->next) {
        if (strncmp(line->data, name, sizeof name - 1) == 0) return curl_getdate(line->data + sizeof name - 1, NULL);
    }
    return -1;
}

static inline CURLcode homeroom_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
#endif
