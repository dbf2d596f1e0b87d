#ifndef HOMEROOM_CZLIB_H
#define HOMEROOM_CZLIB_H
#include <zlib.h>
#endif
