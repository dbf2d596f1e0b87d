#ifndef HOMEROOM_COPENSSL_H
#define HOMEROOM_COPENSSL_H
#include <openssl/evp.h>
#endif
