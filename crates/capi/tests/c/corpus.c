// The corpus, answered in C: each case is asked in every way that C has, and all must agree.
//
// Lines are read from the standard input and answered on the standard output, as crates/testkit/src/corpus/host_face.rs
// says. Who compares the answers is over there.

#include "form.h"

static grantrie_engine *engine;
static uint64_t effects;

static void note(void *context, const grantrie_audit *audit) {
    MUST(context == &effects && audit->size >= sizeof *audit && audit->changes.length > 0);
    effects += audit->effects;
}

static void load(const form *asked) {
    grantrie_options options = GRANTRIE_OPTIONS_INIT;
    options.audit = note;
    options.audit_context = &effects;
    options.group_conflict = is(form_get(asked, "enabled_wins"), "true") ? GRANTRIE_ENABLED_WINS : GRANTRIE_DISABLED_WINS;
    grantrie_engine_free(engine);
    MUST(grantrie_engine_new(&options, &engine, NULL) == 0);
    MUST(grantrie_engine_load(engine, form_get(asked, "world"), NULL, NULL) == 0);
    form_text("ok", "true");
}

typedef struct request {
    grantrie_caller caller;
    grantrie_question question;
    grantrie_text *groups, *permprofiles;
    grantrie_attributes *attributes;
} request;

static request request_of(const form *asked) {
    request made = {.caller = GRANTRIE_CALLER_INIT, .question = GRANTRIE_QUESTION_INIT};
    grantrie_text kind = form_get(asked, "kind"), user = form_get(asked, "user");
    made.caller.kind = is(kind, "named")         ? GRANTRIE_USER_NAMED
                       : is(kind, "permprofile") ? GRANTRIE_PERMPROFILE
                                                 : GRANTRIE_USER;
    made.caller.name_space = form_get(asked, "namespace");
    made.caller.id = user.data != NULL ? user : form_get(asked, "id");
    made.caller.groups = made.groups = form_all(asked, "group", &made.caller.group_count);
    made.caller.permprofiles = made.permprofiles = form_all(asked, "permprofile", &made.caller.permprofile_count);
    made.caller.project = form_get(asked, "project");
    made.question.action = form_get(asked, "action");
    made.question.irn = form_get(asked, "irn");
    grantrie_text at = form_get(asked, "at_micros"), attributes = form_get(asked, "attributes");
    if (at.data != NULL) {
        char digits[32] = {0};
        MUST(at.length < sizeof digits);
        memcpy(digits, at.data, at.length);
        made.question.has_at = true;
        made.question.at = strtoll(digits, NULL, 10);
    }
    if (attributes.data != NULL) MUST(grantrie_attributes_read(attributes, &made.attributes, NULL) == 0);
    made.question.attributes = made.attributes;
    return made;
}

static void request_free(request *request) {
    free(request->groups);
    free(request->permprofiles);
    grantrie_attributes_free(request->attributes);
}

static bool same(const grantrie_decision *a, const grantrie_decision *b) {
    return a->allowed == b->allowed && a->reason == b->reason && a->level == b->level && a->code == b->code
           && a->field == b->field && a->offset == b->offset && a->revision == b->revision
           && a->valid_until == b->valid_until && memcmp(a->permission, b->permission, 16) == 0;
}

// One decision, asked for in every way.
static grantrie_decision decide(const request *request) {
    grantrie_decision decision = GRANTRIE_DECISION_INIT, other = GRANTRIE_DECISION_INIT, many[2];
    MUST(grantrie_engine_check(engine, &request->caller, &request->question, &decision) == 0);
    bool allowed = !decision.allowed;
    MUST(grantrie_engine_is_allowed(engine, &request->caller, &request->question, &allowed) == 0);
    MUST(allowed == decision.allowed);
    grantrie_request twice[2] = {{&request->caller, &request->question}, {&request->caller, &request->question}};
    MUST(grantrie_engine_check_many(engine, twice, 2, many, sizeof *many) == 0);
    MUST(same(&many[0], &decision) && same(&many[1], &decision));
    grantrie_owned_text *json = NULL;
    MUST(grantrie_engine_explain(engine, &request->caller, &request->question, &json, NULL) == 0);
    const char *says = decision.allowed ? "{\"allowed\":true," : "{\"allowed\":false,";
    MUST(strncmp(grantrie_text_get(json).data, says, strlen(says)) == 0);
    grantrie_text_free(json);
    grantrie_subject *subject = NULL;
    grantrie_error *error = NULL;
    grantrie_status status = grantrie_engine_prepare(engine, &request->caller, &subject, &error);
    if (status != 0) {
        // Names that cannot be prepared are invalid in a check, which may name something else that is wrong first.
        MUST(subject == NULL && decision.reason == GRANTRIE_INVALID && grantrie_error_code(error) == status);
        MUST(decision.code != 0);
        grantrie_error_free(error);
        return decision;
    }
    MUST(grantrie_subject_check(subject, &request->question, &other) == 0 && same(&other, &decision));
    grantrie_question questions[2] = {request->question, request->question};
    MUST(grantrie_subject_check_many(subject, questions, sizeof *questions, 2, many, sizeof *many) == 0);
    MUST(same(&many[0], &decision) && same(&many[1], &decision));
    grantrie_subject_free(subject);
    return decision;
}

static void check(const form *asked, bool in_full) {
    static const char *const REASONS[] = {"invalid", "granted", "denied", "no_grant", "not_subscribed"};
    static const char *const LEVELS[] = {"", "user", "group", "project", "default", "no_project", "no_user"};
    static const char *const FIELDS_OF[] = {"", "namespace", "user", "groups", "permprofiles", "action", "irn", "project"};
    request request = request_of(asked);
    grantrie_decision decision = decide(&request);
    form_text("allowed", decision.allowed ? "true" : "false");
    if (in_full) {
        form_text("reason", REASONS[decision.reason]);
        if (decision.reason == GRANTRIE_GRANTED || decision.reason == GRANTRIE_DENIED) {
            char id[37], *at = id;
            for (int byte = 0; byte < 16; byte++)
                at += sprintf(at, byte == 4 || byte == 6 || byte == 8 || byte == 10 ? "-%02x" : "%02x",
                              decision.permission[byte]);
            form_text("permission", id);
        }
        if (decision.level != GRANTRIE_LEVEL_NONE) form_text("decided_by", LEVELS[decision.level]);
        if (decision.field != GRANTRIE_FIELD_NONE) form_text("field", FIELDS_OF[decision.field]);
        if (decision.valid_until != GRANTRIE_NEVER) {
            char micros[32];
            sprintf(micros, "%lld", (long long)decision.valid_until);
            form_text("valid_until_micros", micros);
        }
    }
    request_free(&request);
}

// An answer of yes or no; none, if a text is no pattern.
static void answer(grantrie_status status, bool yes) {
    if (status == 0) form_text("answer", yes ? "true" : "false");
}

static void parse(const form *asked) {
    grantrie_text kind = form_get(asked, "as"), text = form_get(asked, "text");
    grantrie_error *error = NULL;
    grantrie_status status = is(kind, "name")      ? grantrie_name_check(text, &error)
                             : is(kind, "pattern") ? grantrie_pattern_check(text, &error)
                                                   : grantrie_action_check(text, &error);
    if (status == 0) {
        form_text("ok", "true");
        return;
    }
    grantrie_problem problem = GRANTRIE_PROBLEM_INIT;
    MUST(grantrie_error_problem(error, 0, &problem) == 0 && problem.code == status);
    char number[32];
    sprintf(number, "%u", (unsigned)status);
    form_text("code", number);
    sprintf(number, "%llu", (unsigned long long)problem.offset);
    form_text("offset", number);
    grantrie_error_free(error);
}

static void json(grantrie_status status, grantrie_owned_text *text) {
    if (status == 0) form_write("json", grantrie_text_get(text).data, grantrie_text_get(text).length);
    grantrie_text_free(text);
}

static void resolve(const form *asked) {
    request request = request_of(asked);
    grantrie_owned_text *text = NULL;
    bool enabled = false;
    grantrie_status status = grantrie_engine_resolve_subscription(engine, &request.caller, &enabled, &text, NULL);
    MUST(status != 0 || (strstr(grantrie_text_get(text).data, "\"ai_func\":true") != NULL) == enabled);
    json(status, text);
    request_free(&request);
}

static void lookup(const form *asked) {
    grantrie_query query = GRANTRIE_QUERY_INIT;
    grantrie_text name_space = form_get(asked, "namespace"), irn = form_get(asked, "irn");
    query.namespaces = &name_space;
    query.namespace_count = 1;
    if (is(form_get(asked, "pattern_match"), "true")) {
        query.covered_by = irn;
    } else {
        query.covering = irn;
    }
    grantrie_owned_text *text = NULL;
    grantrie_status status = grantrie_engine_permissions(engine, &query, &text, NULL);
    json(status, text);
}

static void rows(const form *asked) {
    grantrie_owned_text *text = NULL;
    grantrie_status status =
        grantrie_engine_subscriptions(engine, form_get(asked, "project"), 0, SIZE_MAX, &text, NULL);
    json(status, text);
}

static void change(const form *asked) {
    grantrie_changes *changes = NULL;
    grantrie_error *error = NULL;
    uint64_t before = effects;
    grantrie_status status = grantrie_changes_read(form_get(asked, "changes"), &changes, &error);
    if (status == 0) status = grantrie_engine_apply(engine, changes, NULL, &error);
    char number[32];
    if (status == 0) {
        sprintf(number, "%llu", (unsigned long long)(effects - before));
        form_text("effects", number);
    }
    for (size_t at = 0; at < grantrie_error_problem_count(error, NULL); at++) {
        grantrie_problem problem = GRANTRIE_PROBLEM_INIT;
        MUST(grantrie_error_problem(error, at, &problem) == 0);
        sprintf(number, "%u", (unsigned)problem.code);
        form_text("code", number);
    }
    grantrie_error_free(error);
    grantrie_changes_free(changes);
}

int main(void) {
    static form asked;
    char *line = NULL;
    size_t room = 0;
    ssize_t length = 0;
    unsigned long long answered = 0;
    while ((length = getline(&line, &room, stdin)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = '\0';
        form_read(&asked, line);
        grantrie_text op = form_get(&asked, "op"), a = form_get(&asked, "a"), b = form_get(&asked, "b");
        bool yes = false;
        if (is(op, "load")) load(&asked);
        else if (is(op, "check")) check(&asked, true);
        else if (is(op, "is_allowed")) check(&asked, false);
        else if (is(op, "matches")) {
            grantrie_status status =
                grantrie_pattern_matches(form_get(&asked, "pattern"), form_get(&asked, "irn"), &yes, NULL);
            answer(status, yes);
        } else if (is(op, "covers")) {
            grantrie_status status = grantrie_pattern_covers(a, b, &yes, NULL);
            answer(status, yes);
        } else if (is(op, "overlaps")) {
            grantrie_status status = grantrie_pattern_overlaps(a, b, &yes, NULL);
            answer(status, yes);
        } else if (is(op, "parse")) parse(&asked);
        else if (is(op, "resolve")) resolve(&asked);
        else if (is(op, "lookup")) lookup(&asked);
        else if (is(op, "rows")) rows(&asked);
        else if (is(op, "change")) change(&asked);
        form_end();
        answered++;
    }
    free(line);
    grantrie_engine_free(engine);
    fprintf(stderr, "corpus in C: %llu questions answered\n", answered);
    return 0;
}
