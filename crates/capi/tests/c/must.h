// What the test programs share: a check that names its place, and texts.

#ifndef MUST_H
#define MUST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <grantrie.h>

#define MUST(what)                                                        \
    do {                                                                  \
        if (!(what)) {                                                    \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            exit(1);                                                      \
        }                                                                 \
    } while (0)

static inline grantrie_text text_of(const char *from) {
    return (grantrie_text){.data = from, .length = strlen(from)};
}

#endif
