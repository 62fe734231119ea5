// Eight threads check without a pause while the first thread applies changes: every answer is one of a whole change set.
//
// A change set grants one of two names and forbids the other, in turn. Both are asked in one batch, which reads one snapshot:
// exactly one is allowed, whatever the moment.

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "must.h"

enum { THREADS = 8 };

static const char *const SETS[2] = {
    "{\"changes\":["
    "{\"upsert_permission\":{\"_namespace\":\"ns\",\"_user\":{\"_type\":\"usergroup\",\"_id\":\"g\"},"
    "\"_resourceDesc\":{\"_irn\":\"a:b:one\"},\"_actions\":[\"READ\"]}},"
    "{\"upsert_permission\":{\"_namespace\":\"ns\",\"_user\":{\"_type\":\"usergroup\",\"_id\":\"g\"},"
    "\"_resourceDesc\":{\"_irn\":\"a:b:two\"},\"_actions\":[\"EDIT\"]}}]}",
    "{\"changes\":["
    "{\"upsert_permission\":{\"_namespace\":\"ns\",\"_user\":{\"_type\":\"usergroup\",\"_id\":\"g\"},"
    "\"_resourceDesc\":{\"_irn\":\"a:b:one\"},\"_actions\":[\"EDIT\"]}},"
    "{\"upsert_permission\":{\"_namespace\":\"ns\",\"_user\":{\"_type\":\"usergroup\",\"_id\":\"g\"},"
    "\"_resourceDesc\":{\"_irn\":\"a:b:two\"},\"_actions\":[\"READ\"]}}]}",
};
static const char WORLD[] = "{\"directory\":{\"users\":[{\"user_id\":\"u\",\"groups\":[\"g\"]}],"
                            "\"usergroups\":[{\"group_id\":\"g\"}]}}";

typedef struct worker {
    pthread_t thread;
    const grantrie_engine *engine;
    const grantrie_subject *shared;
    unsigned long long checks;
    unsigned long long last_revision;
} worker;

static atomic_bool over;
static atomic_int ready;

static grantrie_caller caller(void) {
    grantrie_caller caller = GRANTRIE_CALLER_INIT;
    caller.name_space = text_of("ns");
    caller.id = text_of("u");
    return caller;
}

static void *hammer(void *given) {
    worker *self = given;
    grantrie_caller who = caller();
    grantrie_question questions[2] = {GRANTRIE_QUESTION_INIT, GRANTRIE_QUESTION_INIT};
    questions[0].action = questions[1].action = text_of("READ");
    questions[0].irn = text_of("a:b:one");
    questions[1].irn = text_of("a:b:two");
    grantrie_request requests[2] = {{&who, &questions[0]}, {&who, &questions[1]}};
    grantrie_text irns[2] = {questions[0].irn, questions[1].irn};
    while (!atomic_load(&over)) {
        grantrie_decision decisions[2];
        bool allowed[2];
        MUST(grantrie_subject_check_many(self->shared, questions, sizeof *questions, 2, decisions, sizeof *decisions) == 0);
        MUST(decisions[0].allowed != decisions[1].allowed && decisions[0].revision == decisions[1].revision);
        MUST(decisions[0].revision >= self->last_revision);
        self->last_revision = decisions[0].revision;
        MUST(grantrie_engine_check_many(self->engine, requests, 2, decisions, sizeof *decisions) == 0);
        MUST(decisions[0].allowed != decisions[1].allowed && decisions[0].revision >= self->last_revision);
        MUST(grantrie_subject_are_allowed(self->shared, questions[0].action, irns, 2, allowed) == 0);
        MUST(allowed[0] != allowed[1]);
        // Single checks may see different moments, but always answer.
        MUST(grantrie_subject_is_allowed(self->shared, questions[0].action, irns[0], &allowed[0]) == 0);
        MUST(grantrie_engine_is_allowed(self->engine, &who, &questions[1], &allowed[1]) == 0);
        // Handles come and go beside all this.
        grantrie_subject *own = NULL, *again = NULL;
        MUST(grantrie_engine_prepare(self->engine, &who, &own, NULL) == 0);
        MUST(grantrie_subject_clone(own, &again) == 0);
        grantrie_subject_free(own);
        MUST(grantrie_subject_check(again, &questions[0], &(grantrie_decision)GRANTRIE_DECISION_INIT) == 0);
        grantrie_subject_free(again);
        if (self->checks == 0) atomic_fetch_add(&ready, 1);
        self->checks += 10;
    }
    return NULL;
}

int main(int count, char **arguments) {
    int rounds = count > 1 ? atoi(arguments[1]) : 2000;
    grantrie_engine *engine = NULL;
    MUST(grantrie_engine_new(NULL, &engine, NULL) == 0);
    MUST(grantrie_engine_load(engine, text_of(WORLD), NULL, NULL) == 0);
    grantrie_changes *sets[2];
    for (int at = 0; at < 2; at++) MUST(grantrie_changes_read(text_of(SETS[at]), &sets[at], NULL) == 0);
    uint64_t revision = 0;
    MUST(grantrie_engine_apply(engine, sets[0], &revision, NULL) == 0);
    grantrie_caller who = caller();
    grantrie_subject *shared = NULL;
    MUST(grantrie_engine_prepare(engine, &who, &shared, NULL) == 0);
    worker workers[THREADS] = {{0}};
    for (int at = 0; at < THREADS; at++) {
        workers[at].engine = engine;
        workers[at].shared = shared;
        MUST(pthread_create(&workers[at].thread, NULL, hammer, &workers[at]) == 0);
    }
    // Changes begin when all are at it.
    while (atomic_load(&ready) < THREADS) sched_yield();
    for (int round = 1; round <= rounds; round++) {
        uint64_t before = revision;
        MUST(grantrie_engine_apply(engine, sets[round % 2], &revision, NULL) == 0);
        MUST(revision > before);
        // Whoever has a revision back reads at it or later.
        bool allowed = false;
        MUST(grantrie_subject_is_allowed(shared, text_of("READ"), text_of(round % 2 ? "a:b:two" : "a:b:one"), &allowed) == 0);
        MUST(allowed);
    }
    atomic_store(&over, true);
    unsigned long long checks = 0;
    for (int at = 0; at < THREADS; at++) {
        MUST(pthread_join(workers[at].thread, NULL) == 0);
        MUST(workers[at].checks > 0);
        checks += workers[at].checks;
    }
    for (int at = 0; at < 2; at++) grantrie_changes_free(sets[at]);
    grantrie_subject_free(shared);
    grantrie_engine_free(engine);
    printf("%d changes beside %llu checks of %d threads\n", rounds, checks, THREADS);
    return 0;
}
