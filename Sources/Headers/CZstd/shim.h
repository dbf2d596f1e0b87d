#ifndef HOMEROOM_CZSTD_H
#define HOMEROOM_CZSTD_H
#include <zstd.h>
#endif
