#ifndef HOMEROOM_CCURL_H
#define HOMEROOM_CCURL_H
#include <curl/curl.h>

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
static inline CURLcode homeroom_curl_get_status(CURL *handle, long *status) {
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status);
}
static inline CURLcode homeroom_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
#endif
