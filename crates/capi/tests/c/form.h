// Records of named texts, `application/x-www-form-urlencoded`: how the corpus asks (crates/testkit/src/corpus/host_face.rs).

#ifndef FORM_H
#define FORM_H

#include "must.h"

enum { FIELDS = 20000 };

typedef struct form {
    char *line;
    size_t count;
    grantrie_text names[FIELDS];
    grantrie_text values[FIELDS];
} form;

static inline int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Decodes in place, up to an end or one of the separators, and moves past it.
static inline grantrie_text take(char **at, char end) {
    char *from = *at, *to = *at;
    grantrie_text taken = {.data = from, .length = 0};
    while (*from != '\0' && *from != end && *from != '&') {
        if (*from == '%' && digit(from[1]) >= 0 && digit(from[2]) >= 0) {
            *to++ = (char)(digit(from[1]) * 16 + digit(from[2]));
            from += 3;
        } else {
            *to++ = *from == '+' ? ' ' : *from;
            from++;
        }
    }
    taken.length = (size_t)(to - taken.data);
    *at = from;
    return taken;
}

static inline void form_read(form *form, char *line) {
    form->count = 0;
    for (char *at = line; *at != '\0';) {
        MUST(form->count < FIELDS);
        form->names[form->count] = take(&at, '=');
        if (*at == '=') at++;
        form->values[form->count++] = take(&at, '&');
        if (*at == '&') at++;
    }
}

static inline bool is(grantrie_text text, const char *other) {
    return text.length == strlen(other) && memcmp(text.data, other, text.length) == 0;
}

// The value with this name; absent, if there is none.
static inline grantrie_text form_get(const form *form, const char *name) {
    for (size_t at = 0; at < form->count; at++)
        if (is(form->names[at], name)) return form->values[at];
    return (grantrie_text){NULL, 0};
}

// All values with this name; to be freed.
static inline grantrie_text *form_all(const form *form, const char *name, size_t *count) {
    grantrie_text *all = malloc((form->count + 1) * sizeof *all);
    MUST(all != NULL);
    *count = 0;
    for (size_t at = 0; at < form->count; at++)
        if (is(form->names[at], name)) all[(*count)++] = form->values[at];
    return all;
}

static inline void form_write(const char *name, const char *bytes, size_t length) {
    static bool first = true;
    if (name == NULL) {
        putchar('\n');
        fflush(stdout);
        first = true;
        return;
    }
    printf("%s%s=", first ? "" : "&", name);
    first = false;
    for (size_t at = 0; at < length; at++) printf("%%%02X", (unsigned)(unsigned char)bytes[at]);
}

static inline void form_text(const char *name, const char *value) {
    form_write(name, value, strlen(value));
}

static inline void form_end(void) {
    form_write(NULL, NULL, 0);
}

#endif
