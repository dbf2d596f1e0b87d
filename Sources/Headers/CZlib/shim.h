#ifndef HOMEROOM_CZLIB_H
#define HOMEROOM_CZLIB_H
#include <zlib.h>

// deflateInit2 and inflateInit2 are macros. 15 is the largest window, 16 more asks for gzip's frame (zlib.h).
static inline int homeroom_gzip_deflate_start(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
static inline int homeroom_gzip_inflate_start(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
#endif
