#ifndef HOMEROOM_CDEFLATE_H
#define HOMEROOM_CDEFLATE_H
#include <libdeflate.h>
#endif
