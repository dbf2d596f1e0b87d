#ifndef HOMEROOM_CMICROHTTPD_H
#define HOMEROOM_CMICROHTTPD_H
#include <microhttpd.h>
#endif
