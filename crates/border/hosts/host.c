// The C host: what crates/border/src/main.rs says of hosts.

#include <grantrie.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PIECE = 512, BATCH = 256, TURNS = 5 };

typedef struct question {
    grantrie_text name_space, user, action, irn;
    const grantrie_subject *subject;
} question;

static grantrie_engine *engine;
static question *questions;
static size_t count;

static void need(bool so, const char *what) {
    if (!so) {
        fprintf(stderr, "host.c: %s\n", what);
        exit(1);
    }
}

static grantrie_text text(const char *from) {
    return (grantrie_text){.data = from, .length = strlen(from)};
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static grantrie_caller caller_of(const question *of) {
    grantrie_caller caller = GRANTRIE_CALLER_INIT;
    caller.name_space = of->name_space;
    caller.id = of->user;
    return caller;
}

// One check. Its name is what callgrind is told to count.
__attribute__((noinline)) bool counted_in_c(const question *of) {
    bool allowed = false;
    grantrie_subject_is_allowed(of->subject, of->action, of->irn, &allowed);
    return allowed;
}

static size_t prepared(size_t at) {
    bool allowed = false;
    grantrie_subject_is_allowed(questions[at].subject, questions[at].action, questions[at].irn, &allowed);
    return allowed;
}

static size_t check(size_t at) {
    grantrie_question asked = GRANTRIE_QUESTION_INIT;
    grantrie_decision decision = GRANTRIE_DECISION_INIT;
    asked.action = questions[at].action;
    asked.irn = questions[at].irn;
    grantrie_subject_check(questions[at].subject, &asked, &decision);
    return decision.allowed;
}

static size_t names(size_t at) {
    grantrie_caller caller = caller_of(&questions[at]);
    grantrie_question asked = GRANTRIE_QUESTION_INIT;
    bool allowed = false;
    asked.action = questions[at].action;
    asked.irn = questions[at].irn;
    grantrie_engine_is_allowed(engine, &caller, &asked, &allowed);
    return allowed;
}

static size_t single(size_t at) {
    size_t allowed = 0;
    for (size_t item = 0; item < BATCH; item++) {
        bool answer = false;
        grantrie_subject_is_allowed(questions[at].subject, questions[at].action, questions[at + item].irn, &answer);
        allowed += answer;
    }
    return allowed;
}

static size_t list(size_t at) {
    static grantrie_text irns[BATCH];
    static bool answers[BATCH];
    size_t allowed = 0;
    for (size_t item = 0; item < BATCH; item++) irns[item] = questions[at + item].irn;
    grantrie_subject_are_allowed(questions[at].subject, questions[at].action, irns, BATCH, answers);
    for (size_t item = 0; item < BATCH; item++) allowed += answers[item];
    return allowed;
}

// With the reasons: C has no call for yes or no to several actions.
static size_t batch(size_t at) {
    static grantrie_question asked[BATCH];
    static grantrie_decision decisions[BATCH];
    size_t allowed = 0;
    for (size_t item = 0; item < BATCH; item++) {
        asked[item] = (grantrie_question)GRANTRIE_QUESTION_INIT;
        asked[item].action = questions[at + item].action;
        asked[item].irn = questions[at + item].irn;
    }
    grantrie_subject_check_many(questions[at].subject, asked, sizeof *asked, BATCH, decisions, sizeof *decisions);
    for (size_t item = 0; item < BATCH; item++) allowed += decisions[item].allowed;
    return allowed;
}

static size_t empty(size_t at) {
    (void)at;
    return grantrie_abi_version() == 0;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void row(const char *name, size_t (*one)(size_t), size_t items, size_t step, size_t piece) {
    double *pieces = malloc((items / piece + 1) * TURNS * sizeof *pieces);
    size_t known = 0, allowed = 0;
    need(pieces != NULL, "no memory");
    for (size_t at = 0; at + step <= items; at += step) allowed += one(at);
    for (int turn = 0; turn < TURNS; turn++) {
        allowed = 0;
        for (size_t from = 0; from + step <= items; from += piece) {
            size_t to = from + piece < items ? from + piece : items;
            double begun = now();
            for (size_t at = from; at + step <= to; at += step) allowed += one(at);
            pieces[known++] = (now() - begun) / (double)(to - from);
        }
    }
    qsort(pieces, known, sizeof *pieces, ascending);
    printf("{\"host\":\"c\",\"row\":\"%s\",\"median_ns\":%.3f,\"p99_ns\":%.3f,\"allowed\":%zu}\n", name, pieces[known / 2],
           pieces[known * 99 / 100], allowed);
    free(pieces);
}

// Questions are cut in place: the file's bytes stay where they are.
static void read_questions(const char *path) {
    FILE *file = fopen(path, "rb");
    need(file != NULL, "no questions");
    need(fseek(file, 0, SEEK_END) == 0, "no length");
    size_t length = (size_t)ftell(file), room = 0;
    char *bytes = malloc(length + 1);
    rewind(file);
    need(bytes != NULL && fread(bytes, 1, length, file) == length, "not read");
    fclose(file);
    bytes[length] = '\0';
    for (char *line = strtok(bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (count == room) {
            room = room == 0 ? 1024 : room * 2;
            questions = realloc(questions, room * sizeof *questions);
            need(questions != NULL, "no memory");
        }
        char *part[4] = {line, NULL, NULL, NULL};
        for (int at = 1; at < 4; at++) {
            part[at] = strchr(part[at - 1], '\t');
            need(part[at] != NULL, "no question");
            *part[at]++ = '\0';
        }
        questions[count++] = (question){text(part[0]), text(part[1]), text(part[2]), text(part[3]), NULL};
    }
}

static int by_caller(const void *a, const void *b) {
    const question *x = *(const question *const *)a, *y = *(const question *const *)b;
    int first = strcmp(x->name_space.data, y->name_space.data);
    return first != 0 ? first : strcmp(x->user.data, y->user.data);
}

// One subject for each user and namespace.
static void prepare(void) {
    question **sorted = malloc(count * sizeof *sorted);
    need(sorted != NULL, "no memory");
    for (size_t at = 0; at < count; at++) sorted[at] = &questions[at];
    qsort(sorted, count, sizeof *sorted, by_caller);
    for (size_t at = 0; at < count; at++) {
        if (at > 0 && by_caller(&sorted[at - 1], &sorted[at]) == 0) {
            sorted[at]->subject = sorted[at - 1]->subject;
            continue;
        }
        grantrie_caller caller = caller_of(sorted[at]);
        grantrie_subject *subject = NULL;
        need(grantrie_engine_prepare(engine, &caller, &subject, NULL) == GRANTRIE_OK, "not prepared");
        sorted[at]->subject = subject;
    }
    free(sorted);
}

int main(int arguments, char **argument) {
    need(arguments >= 3, "usage: host WORLD QUESTIONS [COUNT]");
    need(grantrie_engine_new(NULL, &engine, NULL) == GRANTRIE_OK, "no engine");
    need(grantrie_engine_load_file(engine, text(argument[1]), NULL, NULL) == GRANTRIE_OK, "no world");
    read_questions(argument[2]);
    prepare();
    if (arguments > 3) {
        size_t allowed = 0, asked = (size_t)atol(argument[3]);
        for (int turn = 0; turn < 2; turn++) {
            allowed = 0;
            for (size_t at = 0; at < asked && at < count; at++) allowed += counted_in_c(&questions[at]);
        }
        printf("%zu\n", allowed);
        return 0;
    }
    row("prepared", prepared, count, 1, PIECE);
    row("check", check, count, 1, PIECE);
    row("single", single, count, BATCH, BATCH);
    row("list", list, count, BATCH, BATCH);
    row("batch", batch, count, BATCH, BATCH);
    row("names", names, count, 1, PIECE);
    row("empty", empty, count, 1, PIECE);
    return 0;
}
