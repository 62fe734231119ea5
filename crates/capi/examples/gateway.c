// A gateway in front of the agents of an AI service, as a worked example: it loads a world, prepares the user of each
// session once, answers requests of several sessions, applies a change while it runs, and explains a refusal.
//
// Requests come as lines `USER ACTION NAME` on the standard input; `! FILE` applies a change file.

#include <grantrie.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SESSIONS = 64, LINE = 2048 };

typedef struct session {
    char user[257];
    grantrie_subject *subject;
} session;

static const char NAMESPACE[] = "r_TmBKvZTI";
static const char PROJECT[] = "atlas";

static grantrie_text text(const char *from) {
    return (grantrie_text){.data = from, .length = strlen(from)};
}

static grantrie_caller caller_of(const char *user) {
    grantrie_caller caller = GRANTRIE_CALLER_INIT;
    caller.name_space = text(NAMESPACE);
    caller.id = text(user);
    caller.project = text(PROJECT);
    return caller;
}

// Says what went wrong, and frees the error. An error may be missing (no memory for one, or none was asked for).
static void complain(const char *what, grantrie_status status, grantrie_error *error) {
    grantrie_text name = grantrie_code_name(status), message = grantrie_error_message(error);
    printf("%s: %.*s (%u)\n", what, (int)name.length, name.data, (unsigned)status);
    if (message.length > 0) printf("  %.*s\n", (int)message.length, message.data);
    grantrie_error_free(error);
}

// The session of a user: prepared when the user first comes. Null if there is none, and then the user is refused.
static const grantrie_subject *session_of(grantrie_engine *engine, session *sessions, const char *user) {
    for (size_t at = 0; at < SESSIONS; at++) {
        if (sessions[at].subject != NULL && strcmp(sessions[at].user, user) == 0) return sessions[at].subject;
        if (sessions[at].subject != NULL) continue;
        if (strlen(user) >= sizeof sessions[at].user) break;
        grantrie_caller caller = caller_of(user);
        grantrie_error *error = NULL;
        grantrie_status status = grantrie_engine_prepare(engine, &caller, &sessions[at].subject, &error);
        if (status != GRANTRIE_OK) {
            complain("no session", status, error);
            return NULL;
        }
        strcpy(sessions[at].user, user);
        return sessions[at].subject;
    }
    return NULL;
}

// Why a request was refused, with every permission that was considered.
static void explain(grantrie_engine *engine, const char *user, const grantrie_question *question) {
    grantrie_caller caller = caller_of(user);
    grantrie_owned_text *json = NULL;
    if (grantrie_engine_explain(engine, &caller, question, &json, NULL) == GRANTRIE_OK)
        printf("  %s\n", grantrie_text_get(json).data);
    grantrie_text_free(json);
}

static void answer(grantrie_engine *engine, session *sessions, const char *user, const char *action, const char *irn) {
    grantrie_question question = GRANTRIE_QUESTION_INIT;
    grantrie_decision decision = GRANTRIE_DECISION_INIT;
    question.action = text(action);
    question.irn = text(irn);
    const grantrie_subject *subject = session_of(engine, sessions, user);
    // Whatever fails: the decision is a deny unless the engine has allowed it.
    grantrie_status status = grantrie_subject_check(subject, &question, &decision);
    printf("%s %s %s: %s\n", user, action, irn, decision.allowed ? "allowed" : "denied");
    if (status != GRANTRIE_OK || decision.reason == GRANTRIE_INVALID) {
        grantrie_text name = grantrie_code_name(decision.code);
        printf("  %.*s at byte %u\n", (int)name.length, name.data, (unsigned)decision.offset);
    } else if (!decision.allowed) {
        explain(engine, user, &question);
    }
}

static char *whole_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    char *bytes = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long end = ftell(file);
        bytes = end < 0 ? NULL : malloc((size_t)end + 1);
        rewind(file);
        *length = bytes == NULL ? 0 : fread(bytes, 1, (size_t)end, file);
    }
    fclose(file);
    return bytes;
}

static void change(grantrie_engine *engine, const char *path) {
    size_t length = 0;
    char *json = whole_file(path, &length);
    if (json == NULL) {
        printf("%s: cannot be read\n", path);
        return;
    }
    grantrie_changes *changes = NULL;
    grantrie_error *error = NULL;
    uint64_t revision = 0;
    grantrie_status status = grantrie_changes_read((grantrie_text){.data = json, .length = length}, &changes, &error);
    if (status == GRANTRIE_OK) status = grantrie_engine_apply(engine, changes, &revision, &error);
    if (status == GRANTRIE_OK) {
        printf("changed: revision %llu\n", (unsigned long long)revision);
    } else {
        complain(path, status, error);
    }
    grantrie_changes_free(changes);
    free(json);
}

int main(int count, char **arguments) {
    if (count != 2 || grantrie_abi_version() != GRANTRIE_ABI_VERSION) {
        fprintf(stderr, "usage: gateway WORLD.json < REQUESTS\n");
        return 2;
    }
    grantrie_engine *engine = NULL;
    grantrie_error *error = NULL;
    grantrie_status status = grantrie_engine_new(NULL, &engine, &error);
    if (status == GRANTRIE_OK) status = grantrie_engine_load_file(engine, text(arguments[1]), NULL, &error);
    if (status != GRANTRIE_OK) {
        complain("no world", status, error);
        grantrie_engine_free(engine);
        return 1;
    }
    session sessions[SESSIONS] = {{{0}, NULL}};
    char line[LINE], user[LINE], action[LINE], irn[LINE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (sscanf(line, "! %2047s", irn) == 1) {
            change(engine, irn);
        } else if (sscanf(line, "%2047s %2047s %2047s", user, action, irn) == 3) {
            answer(engine, sessions, user, action, irn);
        }
    }
    for (size_t at = 0; at < SESSIONS; at++) grantrie_subject_free(sessions[at].subject);
    grantrie_engine_free(engine);
    return 0;
}
