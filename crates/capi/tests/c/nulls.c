// Every call with nulls, with lengths that are none, with sizes that were not set and with numbers that mean nothing: refused
// with a code, answered with a deny, nothing leaked, and the engine goes on.
//
// Each call is made through CALLED, which notes its name; the names are printed at the end, for whoever knows all of them.

#include "must.h"

#define CALLED(call) (note(#call), call)

static char noted[64][64];
static size_t note_count;

static void note(const char *call) {
    size_t length = strcspn(call, "(");
    for (size_t at = 0; at < note_count; at++)
        if (strlen(noted[at]) == length && strncmp(noted[at], call, length) == 0) return;
    MUST(note_count < 64 && length < 64);
    memcpy(noted[note_count++], call, length);
}

static const size_t LENGTHS[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 + 1, (size_t)1 << 60, (size_t)1 << 40};
enum { LENGTH_COUNT = sizeof LENGTHS / sizeof *LENGTHS, BAD = GRANTRIE_INVALID_ARGUMENT };

static char byte[1] = {'a'};
static const grantrie_text GOOD = {"a:b:c", 5}, READ = {"READ", 4};
static grantrie_engine *engine;
static grantrie_subject *subject;
static grantrie_changes *changes;
static grantrie_attributes *attributes;

// Texts that are none: null with a length, and lengths that cannot be.
static size_t bad_texts(grantrie_text *texts) {
    size_t count = 0;
    for (size_t at = 0; at < LENGTH_COUNT; at++) texts[count++] = (grantrie_text){byte, LENGTHS[at]};
    texts[count++] = (grantrie_text){NULL, 1};
    texts[count++] = (grantrie_text){NULL, SIZE_MAX};
    return count;
}

// The call was refused, with an error. The status comes first: it is what makes the error.
static void refuse(int line, grantrie_status status, grantrie_error **error) {
    if (status != BAD || *error == NULL || grantrie_error_code(*error) != BAD || grantrie_error_message(*error).length == 0) {
        fprintf(stderr, "line %d: status %u\n", line, (unsigned)status);
        exit(1);
    }
    grantrie_error_free(*error);
    *error = NULL;
}

#define refused(status, error) refuse(__LINE__, status, &(error))

static void denied(const grantrie_decision *decision) {
    MUST(!decision->allowed && decision->reason == GRANTRIE_INVALID && decision->valid_until == GRANTRIE_NEVER);
}

static grantrie_caller caller(void) {
    grantrie_caller caller = GRANTRIE_CALLER_INIT;
    caller.name_space = text_of("ns");
    caller.id = text_of("u");
    return caller;
}

static grantrie_question question(void) {
    grantrie_question question = GRANTRIE_QUESTION_INIT;
    question.action = READ;
    question.irn = GOOD;
    return question;
}

// The engine still answers, and as before.
static void goes_on(void) {
    bool allowed = false;
    grantrie_text wild = {"a:b:c", 5};
    MUST(grantrie_subject_is_allowed(subject, READ, wild, &allowed) == 0 && allowed);
}

static void about(void) {
    MUST(CALLED(grantrie_abi_version()) == GRANTRIE_ABI_VERSION);
    MUST(CALLED(grantrie_version()).length > 0);
    MUST(CALLED(grantrie_code_name(0)).length == 0 && grantrie_code_name(UINT32_MAX).length == 0);
    MUST(grantrie_code_name(GRANTRIE_LOWER_CASE_ACTION).length == strlen("lower_case_action"));
}

static void frees(void) {
    CALLED(grantrie_engine_free(NULL));
    CALLED(grantrie_subject_free(NULL));
    CALLED(grantrie_changes_free(NULL));
    CALLED(grantrie_attributes_free(NULL));
    CALLED(grantrie_text_free(NULL));
    CALLED(grantrie_error_free(NULL));
}

static void clones(void) {
    grantrie_engine *e = engine;
    grantrie_subject *s = subject;
    grantrie_changes *c = changes;
    grantrie_attributes *a = attributes;
    // What stood in the place is gone, so that nobody frees it twice.
    MUST(CALLED(grantrie_engine_clone(NULL, &e)) == BAD && e == NULL);
    MUST(CALLED(grantrie_subject_clone(NULL, &s)) == BAD && s == NULL);
    MUST(CALLED(grantrie_changes_clone(NULL, &c)) == BAD && c == NULL);
    MUST(CALLED(grantrie_attributes_clone(NULL, &a)) == BAD && a == NULL);
    MUST(grantrie_engine_clone(engine, NULL) == BAD && grantrie_subject_clone(subject, NULL) == BAD);
    MUST(grantrie_changes_clone(changes, NULL) == BAD && grantrie_attributes_clone(attributes, NULL) == BAD);
    MUST(grantrie_engine_clone(engine, &e) == 0 && grantrie_subject_clone(subject, &s) == 0);
    MUST(grantrie_changes_clone(changes, &c) == 0 && grantrie_attributes_clone(attributes, &a) == 0);
    grantrie_engine_free(e);
    grantrie_subject_free(s);
    grantrie_changes_free(c);
    grantrie_attributes_free(a);
}

static void errors(void) {
    grantrie_problem problem = GRANTRIE_PROBLEM_INIT;
    size_t unlisted = 7;
    MUST(CALLED(grantrie_error_code(NULL)) == GRANTRIE_INTERNAL);
    MUST(CALLED(grantrie_error_message(NULL)).data == NULL);
    MUST(CALLED(grantrie_error_problem_count(NULL, &unlisted)) == 0 && unlisted == 0);
    MUST(CALLED(grantrie_error_problem(NULL, 0, &problem)) == BAD);
    MUST(CALLED(grantrie_text_get(NULL)).data == NULL);
    grantrie_error *error = NULL;
    MUST(grantrie_action_check(text_of("read"), &error) == GRANTRIE_LOWER_CASE_ACTION);
    MUST(grantrie_error_problem(error, SIZE_MAX, &problem) == BAD && grantrie_error_problem(error, 0, NULL) == BAD);
    problem.size = 0;
    MUST(grantrie_error_problem(error, 0, &problem) == BAD);
    problem.size = UINT32_MAX;
    MUST(grantrie_error_problem(error, 0, &problem) == 0 && problem.code == GRANTRIE_LOWER_CASE_ACTION);
    MUST(grantrie_error_problem_count(error, NULL) == 1);
    grantrie_error_free(error);
}

static void setting_up(void) {
    grantrie_error *error = NULL;
    grantrie_engine *made = engine;
    refused((CALLED(grantrie_engine_new(NULL, NULL, &error))), error);
    MUST(grantrie_engine_new(NULL, NULL, NULL) == BAD);
    grantrie_options options = GRANTRIE_OPTIONS_INIT;
    options.size = 0;
    refused(grantrie_engine_new(&options, &made, &error), error);
    MUST(made == NULL);
    options = (grantrie_options)GRANTRIE_OPTIONS_INIT;
    options.group_conflict = 77;
    refused(grantrie_engine_new(&options, &made, &error), error);
}

static void documents(void) {
    grantrie_text texts[16];
    grantrie_error *error = NULL;
    uint64_t revision = 7;
    for (size_t at = bad_texts(texts); at-- > 0;) {
        grantrie_changes *c = changes;
        grantrie_attributes *a = attributes;
        refused(CALLED(grantrie_engine_load(engine, texts[at], &revision, &error)), error);
        MUST(revision == 0);
        refused(CALLED(grantrie_engine_load_file(engine, texts[at], NULL, &error)), error);
        refused(CALLED(grantrie_changes_read(texts[at], &c, &error)), error);
        refused(CALLED(grantrie_attributes_read(texts[at], &a, &error)), error);
        MUST(c == NULL && a == NULL);
    }
    grantrie_text empty = {NULL, 0}, json = text_of("{}");
    MUST(grantrie_engine_load(engine, empty, NULL, NULL) == GRANTRIE_SYNTAX);
    MUST(grantrie_engine_load_file(engine, empty, NULL, NULL) == GRANTRIE_UNREADABLE);
    MUST(grantrie_engine_load_file(engine, text_of("/"), NULL, NULL) != 0);
    refused(grantrie_engine_load(NULL, json, NULL, &error), error);
    refused(grantrie_engine_load_file(NULL, json, NULL, &error), error);
    refused(grantrie_changes_read(json, NULL, &error), error);
    refused(grantrie_attributes_read(json, NULL, &error), error);
    refused(CALLED(grantrie_engine_apply(NULL, changes, NULL, &error)), error);
    refused(grantrie_engine_apply(engine, NULL, &revision, &error), error);
    MUST(grantrie_engine_apply(NULL, NULL, NULL, NULL) == BAD);
    MUST(CALLED(grantrie_engine_revision(NULL, &revision)) == BAD && revision == 0);
    MUST(grantrie_engine_revision(engine, NULL) == BAD);
}

static void names(void) {
    grantrie_text texts[16];
    grantrie_error *error = NULL;
    bool yes = true;
    for (size_t at = bad_texts(texts); at-- > 0;) {
        refused(CALLED(grantrie_name_check(texts[at], &error)), error);
        refused(CALLED(grantrie_pattern_check(texts[at], &error)), error);
        refused(CALLED(grantrie_action_check(texts[at], &error)), error);
        refused(CALLED(grantrie_pattern_matches(texts[at], GOOD, &yes, &error)), error);
        refused(grantrie_pattern_matches(GOOD, texts[at], &yes, &error), error);
        refused(CALLED(grantrie_pattern_covers(texts[at], GOOD, &yes, &error)), error);
        refused(grantrie_pattern_covers(GOOD, texts[at], &yes, &error), error);
        refused(CALLED(grantrie_pattern_overlaps(texts[at], GOOD, &yes, &error)), error);
        refused(grantrie_pattern_overlaps(GOOD, texts[at], &yes, &error), error);
        MUST(!yes);
    }
    refused(grantrie_pattern_matches(GOOD, GOOD, NULL, &error), error);
    refused(grantrie_pattern_covers(GOOD, GOOD, NULL, &error), error);
    refused(grantrie_pattern_overlaps(GOOD, GOOD, NULL, &error), error);
    MUST(grantrie_name_check((grantrie_text){NULL, 0}, NULL) == GRANTRIE_EMPTY_SEGMENT);
    MUST(grantrie_name_check((grantrie_text){"a:b:\xff", 5}, NULL) == GRANTRIE_INVALID_UTF8);
}

// Each way of asking, with one part after the other wrong.
static void ask(const grantrie_engine *of, const grantrie_caller *who, const grantrie_question *what) {
    bool allowed = true;
    grantrie_decision decision;
    memset(&decision, 1, sizeof decision);
    decision.size = sizeof decision;
    grantrie_owned_text *json = (grantrie_owned_text *)byte;
    grantrie_subject *made = subject;
    grantrie_error *error = NULL;
    MUST(CALLED(grantrie_engine_is_allowed(of, who, what, &allowed)) != 0 && !allowed);
    MUST(CALLED(grantrie_engine_check(of, who, what, &decision)) != 0);
    denied(&decision);
    MUST(CALLED(grantrie_engine_explain(of, who, what, &json, &error)) != 0 && json == NULL && error != NULL);
    grantrie_error_free(error);
    bool enabled = true;
    json = (grantrie_owned_text *)byte;
    // These know only who asks.
    if (of == NULL || who == NULL || who->size == 0) {
        refused(CALLED(grantrie_engine_prepare(of, who, &made, &error)), error);
        MUST(made == NULL);
        refused(CALLED(grantrie_engine_resolve_subscription(of, who, &enabled, &json, &error)), error);
        MUST(json == NULL && !enabled);
    }
    grantrie_request request = {who, what};
    memset(&decision, 1, sizeof decision);
    grantrie_status status = CALLED(grantrie_engine_check_many(of, &request, 1, &decision, sizeof decision));
    // An item that cannot be read is denied by itself.
    MUST(of == NULL ? status == BAD : status == 0 && decision.code != 0);
    denied(&decision);
    goes_on();
}

static void asking(void) {
    grantrie_caller who = caller();
    grantrie_question what = question();
    ask(NULL, &who, &what);
    ask(engine, NULL, &what);
    ask(engine, &who, NULL);
    ask(NULL, NULL, NULL);
    who.size = 0;
    ask(engine, &who, &what);
    who = caller();
    what.size = 3;
    ask(engine, &who, &what);
    what = question();
    grantrie_text texts[16];
    for (size_t at = bad_texts(texts); at-- > 0;) {
        who.name_space = texts[at];
        ask(engine, &who, &what);
        who = caller();
        who.id = texts[at];
        ask(engine, &who, &what);
        who = caller();
        who.project = texts[at];
        ask(engine, &who, &what);
        who = caller();
        what.action = texts[at];
        ask(engine, &who, &what);
        what = question();
        what.irn = texts[at];
        ask(engine, &who, &what);
        what = question();
        who.kind = GRANTRIE_USER_NAMED;
        who.groups = &texts[at];
        who.group_count = 1;
        ask(engine, &who, &what);
        who = caller();
    }
    for (size_t at = 0; at < LENGTH_COUNT; at++) {
        who.kind = GRANTRIE_USER_NAMED;
        who.groups = &GOOD;
        who.group_count = LENGTHS[at];
        ask(engine, &who, &what);
        who.groups = NULL;
        ask(engine, &who, &what);
        who = caller();
        who.kind = GRANTRIE_USER_NAMED;
        who.permprofiles = &GOOD;
        who.permprofile_count = LENGTHS[at];
        ask(engine, &who, &what);
        who = caller();
    }
    // Groups that are named, but not meant.
    who.groups = &GOOD;
    who.group_count = 1;
    ask(engine, &who, &what);
    who = caller();
    for (uint32_t kind = 3; kind != 0; kind <<= 1) {
        who.kind = kind;
        ask(engine, &who, &what);
    }
    who = caller();
    what.has_at = true;
    what.at = INT64_MIN;
    ask(engine, &who, &what);
}

static void answers(void) {
    grantrie_caller who = caller();
    grantrie_question what = question();
    grantrie_request request = {&who, &what};
    grantrie_decision decision = GRANTRIE_DECISION_INIT;
    grantrie_error *error = NULL;
    MUST(grantrie_engine_is_allowed(engine, &who, &what, NULL) == BAD);
    MUST(grantrie_engine_check(engine, &who, &what, NULL) == BAD);
    refused(grantrie_engine_explain(engine, &who, &what, NULL, &error), error);
    refused(grantrie_engine_prepare(engine, &who, NULL, &error), error);
    refused(grantrie_engine_resolve_subscription(engine, &who, NULL, NULL, &error), error);
    refused(CALLED(grantrie_engine_subscriptions(engine, GOOD, 0, 0, NULL, &error)), error);
    refused(CALLED(grantrie_engine_permissions(engine, NULL, NULL, &error)), error);
    // A size that was not set: a deny all the same, but nothing else.
    memset(&decision, 1, sizeof decision);
    decision.size = 0;
    MUST(grantrie_engine_check(engine, &who, &what, &decision) == BAD);
    denied(&decision);
    memset(&decision, 1, sizeof decision);
    decision.size = 0;
    MUST(grantrie_subject_check(subject, &what, &decision) == BAD);
    denied(&decision);
    // A later version's longer struct is filled as far as it is known.
    decision.size = UINT32_MAX;
    MUST(grantrie_engine_check(engine, &who, &what, &decision) == 0 && decision.allowed && decision.size == UINT32_MAX);
    static const size_t SIZES[] = {0, 1, sizeof decision - 1, sizeof decision + 1, SIZE_MAX, SIZE_MAX / 2 + 1};
    for (size_t at = 0; at < sizeof SIZES / sizeof *SIZES; at++) {
        MUST(grantrie_engine_check_many(engine, &request, 1, &decision, SIZES[at]) == BAD);
        MUST(grantrie_subject_check_many(subject, &what, sizeof what, 1, &decision, SIZES[at]) == BAD);
        MUST(grantrie_subject_check_many(subject, &what, SIZES[at], 1, &decision, sizeof decision) == BAD
             || SIZES[at] == sizeof what);
    }
    grantrie_text texts[16];
    grantrie_query query = GRANTRIE_QUERY_INIT;
    grantrie_owned_text *json = NULL;
    for (size_t at = bad_texts(texts); at-- > 0;) {
        refused(grantrie_engine_subscriptions(engine, texts[at], 0, SIZE_MAX, &json, &error), error);
        query.covering = texts[at];
        refused(grantrie_engine_permissions(engine, &query, &json, &error), error);
        query = (grantrie_query)GRANTRIE_QUERY_INIT;
        query.covered_by = texts[at];
        refused(grantrie_engine_permissions(engine, &query, &json, &error), error);
        query = (grantrie_query)GRANTRIE_QUERY_INIT;
        query.principal_id = texts[at];
        refused(grantrie_engine_permissions(engine, &query, &json, &error), error);
        query = (grantrie_query)GRANTRIE_QUERY_INIT;
        query.principal_kind = texts[at];
        refused(grantrie_engine_permissions(engine, &query, &json, &error), error);
        query = (grantrie_query)GRANTRIE_QUERY_INIT;
        query.namespaces = &texts[at];
        query.namespace_count = 1;
        refused(grantrie_engine_permissions(engine, &query, &json, &error), error);
        query = (grantrie_query)GRANTRIE_QUERY_INIT;
        MUST(json == NULL);
    }
    for (size_t at = 0; at < LENGTH_COUNT; at++) {
        query.namespaces = &GOOD;
        query.namespace_count = LENGTHS[at];
        refused(grantrie_engine_permissions(engine, &query, &json, &error), error);
    }
    query = (grantrie_query)GRANTRIE_QUERY_INIT;
    query.size = 1;
    refused(grantrie_engine_permissions(engine, &query, &json, &error), error);
    refused(grantrie_engine_permissions(NULL, NULL, &json, &error), error);
    refused(grantrie_engine_subscriptions(NULL, GOOD, SIZE_MAX, SIZE_MAX, &json, &error), error);
    query = (grantrie_query)GRANTRIE_QUERY_INIT;
    query.offset = SIZE_MAX;
    query.has_limit = true;
    query.limit = SIZE_MAX;
    MUST(grantrie_engine_permissions(engine, &query, &json, NULL) == 0);
    grantrie_text_free(json);
}

static void batches(void) {
    grantrie_caller who = caller();
    grantrie_question what = question();
    grantrie_request request = {&who, &what};
    grantrie_decision decision = GRANTRIE_DECISION_INIT;
    bool allowed = true;
    for (size_t at = 0; at < LENGTH_COUNT; at++) {
        MUST(grantrie_engine_check_many(engine, &request, LENGTHS[at], &decision, sizeof decision) == BAD);
        MUST(CALLED(grantrie_subject_check_many(subject, &what, sizeof what, LENGTHS[at], &decision, sizeof decision))
             == BAD);
        MUST(CALLED(grantrie_subject_are_allowed(subject, READ, &GOOD, LENGTHS[at], &allowed)) == BAD);
    }
    MUST(grantrie_engine_check_many(engine, NULL, 1, &decision, sizeof decision) == BAD);
    MUST(grantrie_engine_check_many(engine, &request, 1, NULL, sizeof decision) == BAD);
    MUST(grantrie_engine_check_many(engine, NULL, 0, NULL, sizeof decision) == 0);
    MUST(grantrie_subject_check_many(subject, NULL, sizeof what, 1, &decision, sizeof decision) == BAD);
    MUST(grantrie_subject_check_many(subject, &what, sizeof what, 1, NULL, sizeof decision) == BAD);
    MUST(grantrie_subject_check_many(NULL, &what, sizeof what, 1, &decision, sizeof decision) == BAD);
    denied(&decision);
    MUST(grantrie_subject_are_allowed(NULL, READ, &GOOD, 1, &allowed) == BAD && !allowed);
    allowed = true;
    MUST(grantrie_subject_are_allowed(subject, READ, NULL, 1, &allowed) == BAD && !allowed);
    MUST(grantrie_subject_are_allowed(subject, READ, &GOOD, 1, NULL) == BAD);
    grantrie_text pair[2] = {{NULL, 9}, GOOD};
    bool both[2] = {true, false};
    MUST(grantrie_subject_are_allowed(subject, READ, pair, 2, both) == BAD && !both[0] && both[1]);
    // More than the engine's own limit: all denied, and said so.
    size_t many = 100001;
    grantrie_decision *decisions = malloc(many * sizeof *decisions);
    grantrie_request *requests = malloc(many * sizeof *requests);
    MUST(decisions != NULL && requests != NULL);
    memset(decisions, 1, many * sizeof *decisions);
    for (size_t at = 0; at < many; at++) requests[at] = request;
    MUST(grantrie_engine_check_many(engine, requests, many, decisions, sizeof *decisions) == GRANTRIE_BATCH_TOO_LARGE);
    for (size_t at = 0; at < many; at++) denied(&decisions[at]);
    free(requests);
    free(decisions);
}

static void subjects(void) {
    bool allowed = true;
    grantrie_decision decision = GRANTRIE_DECISION_INIT;
    grantrie_question what = question();
    MUST(CALLED(grantrie_subject_is_allowed(NULL, READ, GOOD, &allowed)) == BAD && !allowed);
    MUST(grantrie_subject_is_allowed(subject, READ, GOOD, NULL) == BAD);
    MUST(CALLED(grantrie_subject_check(NULL, &what, &decision)) == BAD);
    MUST(grantrie_subject_check(subject, NULL, &decision) == BAD && grantrie_subject_check(subject, &what, NULL) == BAD);
    grantrie_text texts[16];
    for (size_t at = bad_texts(texts); at-- > 0;) {
        allowed = true;
        MUST(grantrie_subject_is_allowed(subject, texts[at], GOOD, &allowed) == BAD && !allowed);
        allowed = true;
        MUST(grantrie_subject_is_allowed(subject, READ, texts[at], &allowed) == BAD && !allowed);
        what.irn = texts[at];
        decision.allowed = true;
        MUST(grantrie_subject_check(subject, &what, &decision) == BAD && decision.field == GRANTRIE_FIELD_IRN);
        denied(&decision);
        goes_on();
    }
    MUST(grantrie_subject_is_allowed(subject, READ, (grantrie_text){"a:b:\xc3", 5}, &allowed) == GRANTRIE_INVALID_UTF8);
    MUST(!allowed && grantrie_subject_is_allowed(subject, (grantrie_text){NULL, 0}, GOOD, &allowed) == 0 && !allowed);
}

int main(void) {
    static const char WORLD[] =
        "{\"permissions\":[{\"_namespace\":\"ns\",\"_user\":{\"_type\":\"user\",\"_id\":\"u\"},"
        "\"_resourceDesc\":{\"_irn\":\"a:b:*\"},\"_actions\":[\"READ\"]}]}";
    grantrie_caller who = caller();
    MUST(grantrie_engine_new(NULL, &engine, NULL) == 0 && grantrie_engine_load(engine, text_of(WORLD), NULL, NULL) == 0);
    MUST(grantrie_engine_prepare(engine, &who, &subject, NULL) == 0);
    MUST(grantrie_changes_read(text_of("{\"changes\":[]}"), &changes, NULL) == 0);
    MUST(grantrie_attributes_read(text_of("{}"), &attributes, NULL) == 0);
    about();
    frees();
    clones();
    errors();
    setting_up();
    documents();
    names();
    asking();
    answers();
    batches();
    subjects();
    goes_on();
    grantrie_attributes_free(attributes);
    grantrie_changes_free(changes);
    grantrie_subject_free(subject);
    grantrie_engine_free(engine);
    for (size_t at = 0; at < note_count; at++) puts(noted[at]);
    return 0;
}
