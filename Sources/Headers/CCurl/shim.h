#ifndef HOMEROOM_CCURL_H
#define HOMEROOM_CCURL_H
#include <curl/curl.h>
#endif
