// The C interface of Grantrie, an embedded policy-evaluation engine.
//
// Made from crates/capi/src; `cargo xtask capi-header` makes it again.
//
// Calls answer a status: 0, or a number of enum grantrie_code. A decision is a deny before anything else happens, and
// stays one unless the status is 0. Handles may be used by any number of threads at once; a handle is freed once for each
// time that it was given out. Texts are a pointer and a length, and are borrowed for the call.

#ifndef GRANTRIE_H
#define GRANTRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What went wrong: the stable codes, the same in every language. More may be added.
enum grantrie_code {
    GRANTRIE_OK = 0,
    GRANTRIE_EMPTY_SEGMENT = 101,
    GRANTRIE_TOO_FEW_SEGMENTS = 102,
    GRANTRIE_TOO_MANY_SEGMENTS = 103,
    GRANTRIE_SEGMENT_TOO_LONG = 104,
    GRANTRIE_NAME_TOO_LONG = 105,
    GRANTRIE_FORBIDDEN_CHARACTER = 106,
    GRANTRIE_WILDCARD_IN_NAME = 107,
    GRANTRIE_PATTERN_MATCHES_NOTHING = 108,
    GRANTRIE_MISPLACED_DOUBLE_STAR = 109,
    GRANTRIE_TOO_MANY_WILDCARDS = 110,
    GRANTRIE_INVALID_ACTION = 201,
    GRANTRIE_LOWER_CASE_ACTION = 202,
    GRANTRIE_NO_ACTIONS = 203,
    GRANTRIE_TOO_MANY_ACTIONS = 204,
    GRANTRIE_UNKNOWN_PRINCIPAL_KIND = 205,
    GRANTRIE_INVALID_ID = 206,
    GRANTRIE_TOO_MANY_CRITERIA = 207,
    GRANTRIE_INVALID_ATTRIBUTE = 208,
    GRANTRIE_INVALID_TIME = 209,
    GRANTRIE_EMPTY_TIME_WINDOW = 210,
    GRANTRIE_UNKNOWN_EFFECT = 211,
    GRANTRIE_UNKNOWN_PERMISSION = 301,
    GRANTRIE_DUPLICATE_PERMISSION_ID = 302,
    GRANTRIE_PERMISSION_KEY_TAKEN = 303,
    GRANTRIE_MEMBERSHIP_CYCLE = 304,
    GRANTRIE_INVALID_MEMBERSHIP = 305,
    GRANTRIE_TOO_MANY_MEMBERSHIPS = 306,
    GRANTRIE_CONTRADICTORY_CHANGE = 307,
    GRANTRIE_CHANGE_SET_TOO_LARGE = 308,
    GRANTRIE_CAPACITY_EXCEEDED = 309,
    GRANTRIE_BATCH_TOO_LARGE = 401,
    GRANTRIE_SYNTAX = 501,
    GRANTRIE_DUPLICATE_KEY = 502,
    GRANTRIE_UNKNOWN_KEY = 503,
    GRANTRIE_MISSING_KEY = 504,
    GRANTRIE_WRONG_TYPE = 505,
    GRANTRIE_TOO_DEEP = 506,
    GRANTRIE_STRING_TOO_LONG = 507,
    GRANTRIE_TRAILING_TEXT = 508,
    GRANTRIE_UNREADABLE = 509,
    GRANTRIE_INVALID_UUID = 510,
    GRANTRIE_INVALID_SUBJECT = 511,
    GRANTRIE_INVALID_UTF8 = 701,
    GRANTRIE_INVALID_ARGUMENT = 702,
    GRANTRIE_HANDLE_CLOSED = 703,
    GRANTRIE_INTERNAL = 704,
};

// `item`, `offset`, `line` and `column` where there is none.
#define GRANTRIE_NOWHERE UINT64_MAX

// Any group that is disabled wins over any that is enabled.
#define GRANTRIE_DISABLED_WINS 0

// Any group that is enabled wins over any that is disabled.
#define GRANTRIE_ENABLED_WINS 1

// The version of the interface that the header describes. Another one is another library: structs that become longer, and
// calls and codes that are added, do not change it.
#define GRANTRIE_ABI_VERSION 1

// A user whose memberships the engine's directory knows.
#define GRANTRIE_USER 0

// A user with exactly the groups and profiles that are named.
#define GRANTRIE_USER_NAMED 1

// A permission profile by itself.
#define GRANTRIE_PERMPROFILE 2

// What was asked cannot be: `code`, `field` and `offset` say what is wrong with it.
#define GRANTRIE_INVALID 0

// The permission grants it.
#define GRANTRIE_GRANTED 1

// The permission forbids it.
#define GRANTRIE_DENIED 2

// No permission that applies grants it.
#define GRANTRIE_NO_GRANT 3

// Granted, but the service is gated and the AI function is not enabled; `level` decided so.
#define GRANTRIE_NOT_SUBSCRIBED 4

// No field.
#define GRANTRIE_FIELD_NONE 0

// The namespace.
#define GRANTRIE_FIELD_NAMESPACE 1

// The user's or profile's id.
#define GRANTRIE_FIELD_ID 2

// A group's id.
#define GRANTRIE_FIELD_GROUPS 3

// A named profile's id.
#define GRANTRIE_FIELD_PERMPROFILES 4

// The action.
#define GRANTRIE_FIELD_ACTION 5

// The name of the resource.
#define GRANTRIE_FIELD_IRN 6

// The project.
#define GRANTRIE_FIELD_PROJECT 7

// No level.
#define GRANTRIE_LEVEL_NONE 0

// The user's own row.
#define GRANTRIE_LEVEL_USER 1

// Rows of the user's groups.
#define GRANTRIE_LEVEL_GROUP 2

// The project's row.
#define GRANTRIE_LEVEL_PROJECT 3

// No row anywhere.
#define GRANTRIE_LEVEL_DEFAULT 4

// The request names no project.
#define GRANTRIE_LEVEL_NO_PROJECT 5

// The subject has no user.
#define GRANTRIE_LEVEL_NO_USER 6

// `valid_until` where time alone changes nothing.
#define GRANTRIE_NEVER INT64_MAX

// Items in one call, at most, whatever the engine's own limit: more are taken for a length that is none, and refused
// without a look at the arrays.
#define GRANTRIE_MAX_ITEMS (1 << 24)

// What is known of a resource. To be freed; may be used by any number of threads at once.
typedef struct grantrie_attributes grantrie_attributes;

// A change set. To be freed; may be used by any number of threads at once.
typedef struct grantrie_changes grantrie_changes;

// An engine. To be freed; may be used by any number of threads at once.
typedef struct grantrie_engine grantrie_engine;

// Why something was refused: one problem or several. To be freed.
typedef struct grantrie_error grantrie_error;

// A text that the library has made. To be freed.
typedef struct grantrie_owned_text grantrie_owned_text;

// A prepared caller, and the engine that it asks. To be freed; may be used by any number of threads at once.
typedef struct grantrie_subject grantrie_subject;

// What a call came to: `GRANTRIE_OK`, or one of the codes of `enum grantrie_code`, which are the same in every language.
typedef uint32_t grantrie_status;

// A text: UTF-8, not terminated. Where a text may be absent, a null pointer with the length 0 says so.
typedef struct grantrie_text {
    // The first byte.
    const char *data;
    // How many bytes.
    size_t length;
} grantrie_text;

// Who asks: a user or a profile, in a namespace. Begin with `GRANTRIE_CALLER_INIT`.
typedef struct grantrie_caller {
    // sizeof(grantrie_caller).
    uint32_t size;
    // `GRANTRIE_USER`, `GRANTRIE_USER_NAMED` or `GRANTRIE_PERMPROFILE`.
    uint32_t kind;
    // The namespace; 1 to 256 bytes, as all ids.
    struct grantrie_text name_space;
    // The user's or profile's id.
    struct grantrie_text id;
    // The user's groups; only with `GRANTRIE_USER_NAMED`.
    const struct grantrie_text *groups;
    // How many.
    size_t group_count;
    // The user's profiles; only with `GRANTRIE_USER_NAMED`.
    const struct grantrie_text *permprofiles;
    // How many.
    size_t permprofile_count;
    // The project whose subscription counts for gated services; absent: none.
    struct grantrie_text project;
} grantrie_caller;

// What is asked. Begin with `GRANTRIE_QUESTION_INIT`.
typedef struct grantrie_question {
    // sizeof(grantrie_question).
    uint32_t size;
    // Whether `at` is given; else the engine's clock counts.
    bool has_at;
    // The instant to judge: microseconds since 1970-01-01T00:00:00Z. Read only if `has_at`.
    int64_t at;
    // An action's name: READ.
    struct grantrie_text action;
    // A concrete name: service:type:id.
    struct grantrie_text irn;
    // What is known of the resource; null: nothing is.
    const struct grantrie_attributes *attributes;
} grantrie_question;

// The answer. Begin with `GRANTRIE_DECISION_INIT`; what is all zero but for the size is a deny.
typedef struct grantrie_decision {
    // sizeof(grantrie_decision). Set by the caller, never written.
    uint32_t size;
    // Whether it is allowed. True only with `GRANTRIE_GRANTED`.
    bool allowed;
    // `GRANTRIE_GRANTED` and its like.
    uint32_t reason;
    // With `GRANTRIE_NOT_SUBSCRIBED`: `GRANTRIE_LEVEL_USER` and its like.
    uint32_t level;
    // With `GRANTRIE_INVALID`: why, a number of `enum grantrie_code`.
    grantrie_status code;
    // With `GRANTRIE_INVALID`: `GRANTRIE_FIELD_ACTION` and its like.
    uint32_t field;
    // With `GRANTRIE_INVALID`: the byte of the field where that shows.
    uint32_t offset;
    // The revision that was asked.
    uint64_t revision;
    // The first instant at which time alone could change the answer, in microseconds since 1970; `GRANTRIE_NEVER` for
    // never.
    int64_t valid_until;
    // With `GRANTRIE_GRANTED` and `GRANTRIE_DENIED`: the id of the permission, a UUID in its written order.
    uint8_t permission[16];
} grantrie_decision;

// One item of a batch. Never grows.
typedef struct grantrie_request {
    // Who asks.
    const struct grantrie_caller *caller;
    // What.
    const struct grantrie_question *question;
} grantrie_request;

// What one change set did. Its texts end with the call that it is handed to.
typedef struct grantrie_audit {
    // How many bytes of this struct there are.
    uint32_t size;
    // How many effects the change set had.
    uint64_t effects;
    // The revision that shows it.
    uint64_t revision;
    // The engine's clock when it was applied: microseconds since 1970-01-01T00:00:00Z.
    int64_t at;
    // Who asked for it, as it said; absent: nobody named.
    struct grantrie_text actor;
    // The effects as a change file (JSON): what was added has its id.
    struct grantrie_text changes;
} grantrie_audit;

// Who is told what every change set did: called on the thread that applies it, after the change is visible and before
// `apply` returns, in the order of revisions. It may ask the engine, but must not change it, and must neither throw nor jump.
typedef void (*grantrie_audit_sink)(void *context, const struct grantrie_audit *audit);

// How an engine is set up. Begin with `GRANTRIE_OPTIONS_INIT`. A limit of 0 is the default.
typedef struct grantrie_options {
    // sizeof(grantrie_options).
    uint32_t size;
    // `GRANTRIE_DISABLED_WINS` or `GRANTRIE_ENABLED_WINS`.
    uint32_t group_conflict;
    // Who is told of changes; null: nobody.
    grantrie_audit_sink audit;
    // Handed to `audit`, which any thread may call; it must stay good until the last handle of the engine is freed.
    void *audit_context;
    // Changes in one change set (default 2,000,000).
    size_t changes_per_set;
    // Attributes in one permission's criteria (default 16).
    size_t criteria_per_permission;
    // Bytes of one attribute's name or text (default 1,024).
    size_t attribute_bytes;
    // Groups and profiles of one caller, and direct memberships of one principal (default 4,096).
    size_t memberships_per_principal;
    // Items in one batch (default 100,000).
    size_t batch_items;
    // Permissions that one explanation lists (default 10,000).
    size_t explained_permissions;
    // Problems that one error lists (default 100).
    size_t reported_problems;
} grantrie_options;

// One problem. Its texts belong to the error, and end with it. Begin with `GRANTRIE_PROBLEM_INIT`.
typedef struct grantrie_problem {
    // sizeof(grantrie_problem). Set by the caller, never written.
    uint32_t size;
    // What went wrong: a number of `enum grantrie_code`.
    grantrie_status code;
    // The offending field, as a path; empty where the whole item is meant.
    struct grantrie_text field;
    // What was found and what was expected.
    struct grantrie_text message;
    // The index of the offending item in its list, from 0; or `GRANTRIE_NOWHERE`.
    uint64_t item;
    // The byte in the field's text; or `GRANTRIE_NOWHERE`.
    uint64_t offset;
    // The line of the document, from 1; or `GRANTRIE_NOWHERE`.
    uint64_t line;
    // The column, from 1; or `GRANTRIE_NOWHERE`.
    uint64_t column;
} grantrie_problem;

// Which permissions to list. All that is given must hold. Begin with `GRANTRIE_QUERY_INIT`, which means all.
typedef struct grantrie_query {
    // sizeof(grantrie_query).
    uint32_t size;
    // Whether `limit` is given; else all that are left are listed.
    bool has_limit;
    // Of principals of this kind: `user`, `usergroup`, `permprofile`. Absent: any.
    struct grantrie_text principal_kind;
    // Of principals with this id. Absent: any.
    struct grantrie_text principal_id;
    // In one of these namespaces; none given: in any.
    const struct grantrie_text *namespaces;
    // How many.
    size_t namespace_count;
    // With a pattern that covers this one, or matches this name. Absent: any.
    struct grantrie_text covering;
    // With a pattern that this one covers. Absent: any.
    struct grantrie_text covered_by;
    // How many of the first ones to leave out.
    size_t offset;
    // How many to list at most. Read only if `has_limit`.
    size_t limit;
} grantrie_query;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Whether a caller is allowed what it asks. A status that is not 0 says what is wrong with the call; `allowed` is false
// then, and until the engine has answered.
//
// # Safety
// `engine` is null or an engine that was not freed, `caller` and `question` are null or begin with their size, with texts of
// the caller's, `allowed` is null or room for a bool.
grantrie_status grantrie_engine_is_allowed(const struct grantrie_engine *engine,
                                           const struct grantrie_caller *caller,
                                           const struct grantrie_question *question,
                                           bool *allowed);

// Decides, with the reason. What is wrong with a text is in the decision, and in the status if the text could not even be
// read; the decision is a deny then, and until the engine has answered.
//
// # Safety
// As `grantrie_engine_is_allowed`; `decision` is null or room for a decision that begins with its size.
grantrie_status grantrie_engine_check(const struct grantrie_engine *engine,
                                      const struct grantrie_caller *caller,
                                      const struct grantrie_question *question,
                                      struct grantrie_decision *decision);

// Decides a batch on one snapshot and at one reading of the clock, in order, the same as one by one. All decisions are a deny
// until then. An item that cannot be read has its code in its decision; the others are decided, and the status is 0.
// `decision_size` is sizeof(grantrie_decision); the `size` of the items is not looked at.
//
// # Safety
// As `grantrie_engine_check` for each of the `count` requests; `decisions` is room for so many.
grantrie_status grantrie_engine_check_many(const struct grantrie_engine *engine,
                                           const struct grantrie_request *requests,
                                           size_t count,
                                           struct grantrie_decision *decisions,
                                           size_t decision_size);

// Decides, and says in JSON what was considered: the keys are those of `grantrie check --explain --json`.
//
// # Safety
// As `grantrie_engine_is_allowed`; `json` is null or room for a pointer, `error` null or room for one.
grantrie_status grantrie_engine_explain(const struct grantrie_engine *engine,
                                        const struct grantrie_caller *caller,
                                        const struct grantrie_question *question,
                                        struct grantrie_owned_text **json,
                                        struct grantrie_error **error);

// Reads attributes: one flat JSON object of texts, numbers, `true` and `false`.
//
// # Safety
// `json` is a text of the caller's; `attributes` and `error` are null or room for a pointer.
grantrie_status grantrie_attributes_read(struct grantrie_text json,
                                         struct grantrie_attributes **attributes,
                                         struct grantrie_error **error);

// Gives the same attributes out once more, to be freed by themselves.
//
// # Safety
// `attributes` is null or attributes that were not freed; `copy` is null or room for a pointer.
grantrie_status grantrie_attributes_clone(const struct grantrie_attributes *attributes,
                                          struct grantrie_attributes **copy);

// Frees attributes; null is left alone.
//
// # Safety
// `attributes` is null or attributes that were not freed.
void grantrie_attributes_free(struct grantrie_attributes *attributes);

// Reads a change file (JSON), whose form the README has. What only shows on an engine, shows when it is applied.
//
// # Safety
// `json` is a text of the caller's; `changes` and `error` are null or room for a pointer.
grantrie_status grantrie_changes_read(struct grantrie_text json,
                                      struct grantrie_changes **changes,
                                      struct grantrie_error **error);

// Gives the same change set out once more, to be freed by itself.
//
// # Safety
// `changes` is null or a change set that was not freed; `copy` is null or room for a pointer.
grantrie_status grantrie_changes_clone(const struct grantrie_changes *changes, struct grantrie_changes **copy);

// Frees a change set; null is left alone.
//
// # Safety
// `changes` is null or a change set that was not freed.
void grantrie_changes_free(struct grantrie_changes *changes);

// Sets an engine up, empty. `options` may be null: then all is as the defaults say.
//
// # Safety
// `options` is null or options that begin with their size, `engine` room for a pointer, `error` null or room for one.
grantrie_status grantrie_engine_new(const struct grantrie_options *options,
                                    struct grantrie_engine **engine,
                                    struct grantrie_error **error);

// Gives the same engine out once more, to be freed by itself.
//
// # Safety
// `engine` is null or an engine that was not freed; `copy` is null or room for a pointer.
grantrie_status grantrie_engine_clone(const struct grantrie_engine *engine, struct grantrie_engine **copy);

// Frees an engine; null is left alone. Prepared subjects keep what they need.
//
// # Safety
// `engine` is null or an engine that was not freed.
void grantrie_engine_free(struct grantrie_engine *engine);

// The revision that is published.
//
// # Safety
// `engine` is null or an engine that was not freed; `revision` is null or room for a number.
grantrie_status grantrie_engine_revision(const struct grantrie_engine *engine, uint64_t *revision);

// Reads a world file (JSON) from memory and applies it: all of it, or nothing. `revision` may be null.
//
// # Safety
// `engine` is null or an engine that was not freed, `json` a text of the caller's, `revision` null or room for a number,
// `error` null or room for a pointer.
grantrie_status grantrie_engine_load(const struct grantrie_engine *engine,
                                     struct grantrie_text json,
                                     uint64_t *revision,
                                     struct grantrie_error **error);

// Reads a world file and applies it: all of it, or nothing. `revision` may be null. On Unix a path is any bytes, elsewhere
// UTF-8.
//
// # Safety
// As `grantrie_engine_load`; `path` is a text of the caller's.
grantrie_status grantrie_engine_load_file(const struct grantrie_engine *engine,
                                          struct grantrie_text path,
                                          uint64_t *revision,
                                          struct grantrie_error **error);

// Applies a change set: all of it, or nothing. `revision` may be null; whoever has it back reads at it or later.
//
// # Safety
// `engine` and `changes` are null or handles that were not freed, `revision` is null or room for a number, `error` null or
// room for a pointer.
grantrie_status grantrie_engine_apply(const struct grantrie_engine *engine,
                                      const struct grantrie_changes *changes,
                                      uint64_t *revision,
                                      struct grantrie_error **error);

// Prepares a caller: its names are looked up once for any number of checks, and grants and memberships that change later
// count from the next check on. The subject keeps the engine.
//
// # Safety
// `engine` is null or an engine that was not freed, `caller` null or a caller that begins with its size, `subject` null or
// room for a pointer, `error` null or room for one.
grantrie_status grantrie_engine_prepare(const struct grantrie_engine *engine,
                                        const struct grantrie_caller *caller,
                                        struct grantrie_subject **subject,
                                        struct grantrie_error **error);

// The code of the first problem; that of `internal` for null.
//
// # Safety
// `error` is null or an error that was not freed.
grantrie_status grantrie_error_code(const struct grantrie_error *error);

// All problems in words, a line for each. Ends with the error.
//
// # Safety
// `error` is null or an error that was not freed.
struct grantrie_text grantrie_error_message(const struct grantrie_error *error);

// How many problems the error lists; `unlisted`, where it is wanted, is how many there are besides.
//
// # Safety
// `error` is null or an error that was not freed; `unlisted` is null or room for a number.
size_t grantrie_error_problem_count(const struct grantrie_error *error, size_t *unlisted);

// One of the problems, from 0.
//
// # Safety
// `error` is null or an error that was not freed; `problem` is null or room for a problem that begins with its size.
grantrie_status grantrie_error_problem(const struct grantrie_error *error,
                                       size_t index,
                                       struct grantrie_problem *problem);

// Frees an error; null is left alone.
//
// # Safety
// `error` is null or an error that was not freed.
void grantrie_error_free(struct grantrie_error *error);

// Whether a text is a name (`service:type:id`).
//
// # Safety
// `text` is a text of the caller's; `error` is null or room for a pointer.
grantrie_status grantrie_name_check(struct grantrie_text text, struct grantrie_error **error);

// Whether a text is a pattern.
//
// # Safety
// As `grantrie_name_check`.
grantrie_status grantrie_pattern_check(struct grantrie_text text, struct grantrie_error **error);

// Whether a text is an action's name.
//
// # Safety
// As `grantrie_name_check`.
grantrie_status grantrie_action_check(struct grantrie_text text, struct grantrie_error **error);

// Whether a pattern matches a name. A text that is no name is matched by nothing.
//
// # Safety
// The texts are the caller's; `matches` is room for a bool, `error` null or room for a pointer.
grantrie_status grantrie_pattern_matches(struct grantrie_text pattern,
                                         struct grantrie_text irn,
                                         bool *matches,
                                         struct grantrie_error **error);

// Whether pattern `a` matches every name that pattern `b` matches.
//
// # Safety
// The texts are the caller's; `covers` is room for a bool, `error` null or room for a pointer.
grantrie_status grantrie_pattern_covers(struct grantrie_text a,
                                        struct grantrie_text b,
                                        bool *covers,
                                        struct grantrie_error **error);

// Whether some name is matched by both patterns.
//
// # Safety
// The texts are the caller's; `overlap` is room for a bool, `error` null or room for a pointer.
grantrie_status grantrie_pattern_overlaps(struct grantrie_text a,
                                          struct grantrie_text b,
                                          bool *overlap,
                                          struct grantrie_error **error);

// The text; a zero that is not counted stands after its last byte. Ends with the handle.
//
// # Safety
// `text` is null or a text that was not freed.
struct grantrie_text grantrie_text_get(const struct grantrie_owned_text *text);

// Frees a text; null is left alone.
//
// # Safety
// `text` is null or a text that was not freed.
void grantrie_text_free(struct grantrie_owned_text *text);

// Whether a user has the AI function in a project: of the caller, `id`, `project` and what its kind says count, the namespace
// does not. `json` may be null; else it says which rows decided, with the keys of `grantrie subscription --user --json`.
//
// # Safety
// `engine` is null or an engine that was not freed, `caller` null or begins with its size, with texts of the caller's, `enabled`
// is null or room for a bool, `json` and `error` are null or room for a pointer.
grantrie_status grantrie_engine_resolve_subscription(const struct grantrie_engine *engine,
                                                     const struct grantrie_caller *caller,
                                                     bool *enabled,
                                                     struct grantrie_owned_text **json,
                                                     struct grantrie_error **error);

// The subscription rows of a project in JSON: its own, all groups', and the users' from `offset` on, `limit` of them at most
// (SIZE_MAX for all). The keys are those of `grantrie subscription --json`.
//
// # Safety
// `engine` is null or an engine that was not freed, `project` a text of the caller's, `json` null or room for a pointer,
// `error` null or room for one.
grantrie_status grantrie_engine_subscriptions(const struct grantrie_engine *engine,
                                              struct grantrie_text project,
                                              size_t offset,
                                              size_t limit,
                                              struct grantrie_owned_text **json,
                                              struct grantrie_error **error);

// Permissions in JSON, by ascending id; `query` may be null for all. The keys are those of `grantrie lookup --json`.
//
// # Safety
// `engine` is null or an engine that was not freed, `query` null or begins with its size, with texts of the caller's, `json` is
// null or room for a pointer, `error` null or room for one.
grantrie_status grantrie_engine_permissions(const struct grantrie_engine *engine,
                                            const struct grantrie_query *query,
                                            struct grantrie_owned_text **json,
                                            struct grantrie_error **error);

// The name of a code in snake_case (`lower_case_action`); the empty text for a number that is no code. It is static, and
// never to be freed.
struct grantrie_text grantrie_code_name(grantrie_status code);

// The version of the interface that the library has. A program that was compiled against another `GRANTRIE_ABI_VERSION`
// must not go on.
uint32_t grantrie_abi_version(void);

// The version of the library (`0.1.0`). It is static, and never to be freed.
struct grantrie_text grantrie_version(void);

// Gives the same subject out once more, to be freed by itself.
//
// # Safety
// `subject` is null or a subject that was not freed; `copy` is null or room for a pointer.
grantrie_status grantrie_subject_clone(const struct grantrie_subject *subject, struct grantrie_subject **copy);

// Frees a subject; null is left alone.
//
// # Safety
// `subject` is null or a subject that was not freed.
void grantrie_subject_free(struct grantrie_subject *subject);

// Whether the subject is allowed an action on a name, now. `allowed` is false until the engine has answered, and stays so if
// the status is not 0. Allocates nothing, and takes no lock.
//
// # Safety
// `subject` is null or a subject that was not freed; the texts are the caller's; `allowed` is null or room for a bool.
grantrie_status grantrie_subject_is_allowed(const struct grantrie_subject *subject,
                                            struct grantrie_text action,
                                            struct grantrie_text irn,
                                            bool *allowed);

// Decides, with the reason. What is wrong with a text is in the decision, and in the status if the text could not even be
// read; the decision is a deny then, and until the engine has answered. Allocates nothing, and takes no lock.
//
// # Safety
// `subject` is null or a subject that was not freed, `question` null or begins with its size, with texts of the caller's,
// `decision` null or room for a decision that begins with its size.
grantrie_status grantrie_subject_check(const struct grantrie_subject *subject,
                                       const struct grantrie_question *question,
                                       struct grantrie_decision *decision);

// Decides a batch on one snapshot and at one reading of the clock, in order, the same as one by one. All decisions are a deny
// until then. An item that cannot be read has its code in its decision; the others are decided, and the status is 0. The
// sizes are sizeof(grantrie_question) and sizeof(grantrie_decision); the `size` of the items is not looked at.
//
// # Safety
// As `grantrie_subject_check` for each of the `count` questions; `decisions` is room for so many.
grantrie_status grantrie_subject_check_many(const struct grantrie_subject *subject,
                                            const struct grantrie_question *questions,
                                            size_t question_size,
                                            size_t count,
                                            struct grantrie_decision *decisions,
                                            size_t decision_size);

// Whether the subject is allowed an action on each of the names, on one snapshot and at one reading of the clock: a bool for
// each, in order, all false until the engine has answered. Where a text cannot be read its answer is false, and the status says
// why the first could not; the others are answered.
//
// # Safety
// `subject` is null or a subject that was not freed; the texts are the caller's; `allowed` is null or room for `count` bools.
grantrie_status grantrie_subject_are_allowed(const struct grantrie_subject *subject,
                                             struct grantrie_text action,
                                             const struct grantrie_text *irns,
                                             size_t count,
                                             bool *allowed);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* GRANTRIE_H */

// How a struct begins: with its size, all else zero.
#define GRANTRIE_OPTIONS_INIT {.size = sizeof(struct grantrie_options)}
#define GRANTRIE_CALLER_INIT {.size = sizeof(struct grantrie_caller)}
#define GRANTRIE_QUESTION_INIT {.size = sizeof(struct grantrie_question)}
#define GRANTRIE_DECISION_INIT {.size = sizeof(struct grantrie_decision)}
#define GRANTRIE_QUERY_INIT {.size = sizeof(struct grantrie_query)}
#define GRANTRIE_PROBLEM_INIT {.size = sizeof(struct grantrie_problem)}

// A text from a string literal.
#define GRANTRIE_TEXT(literal) ((struct grantrie_text){.data = (literal), .length = sizeof(literal) - 1})
