//! The README's snippets for each vendor's client, run as they stand there.

use std::path::Path;

use serde_json::json;

use super::clients::{command, directory};
use super::{SECRET, TRUSTED, serve};

#[test]
fn the_snippets_of_the_readme_run_as_they_stand() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let snippets: Vec<&str> =
        readme.split("```python\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let snippets: Vec<&str> = snippets.into_iter().filter(|snippet| snippet.contains("127.0.0.1:8700")).collect();
    assert_eq!(snippets.len(), 4, "one for each client");
    let running = serve(&json!({}), "");
    for snippet in snippets {
        // The address and the secrets are a reader's own.
        let program = snippet
            .replace("127.0.0.1:8700", &running.server().address().to_string())
            .replace("replace-me-with-a-long-random-text", TRUSTED)
            .replace("yet-another-long-random-text", SECRET)
            .replace("AKEXAMPLE", "AKTEST")
            .replace("0bec5db98280d2d02fd6c00c2de791ce", "atlas");
        let mut python = command();
        let ran = python.arg("-c").arg(&program).env("PYTHONPATH", directory()).output().unwrap();
        let (out, error) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{program}\n{out}\n{error}");
        assert!(!out.trim().is_empty(), "it shows something:\n{program}");
    }
    // What they did counts.
    assert!(running.may("ann", "READ", "aisvc:agent:7") && running.may("ann", "QUERY", "quickbi:llmcube:sales"));
    assert!(running.may("bob", "QUERY", "quickbi:llmcube:sales"));
}
