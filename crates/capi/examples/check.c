#include <grantrie.h>
#include <stdio.h>

int main(void) {
    grantrie_engine *engine = NULL;
    grantrie_subject *ann = NULL;
    grantrie_caller caller = GRANTRIE_CALLER_INIT;
    bool allowed = false;
    caller.name_space = GRANTRIE_TEXT("r_TmBKvZTI");
    caller.id = GRANTRIE_TEXT("ann");
    caller.project = GRANTRIE_TEXT("atlas");
    if (grantrie_engine_new(NULL, &engine, NULL) == GRANTRIE_OK
        && grantrie_engine_load_file(engine, GRANTRIE_TEXT("examples/tenant.json"), NULL, NULL) == GRANTRIE_OK
        && grantrie_engine_prepare(engine, &caller, &ann, NULL) == GRANTRIE_OK)
        grantrie_subject_is_allowed(ann, GRANTRIE_TEXT("READ"), GRANTRIE_TEXT("aisvc:agent:support-bot"), &allowed);
    puts(allowed ? "allowed" : "denied");
    grantrie_subject_free(ann);
    grantrie_engine_free(engine);
    return allowed ? 0 : 1;
}
