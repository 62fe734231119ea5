//! The header in the tree is what the sources say. `cargo xtask capi-header` writes it anew.

use std::fmt::Write;
use std::path::Path;

use grantrie::Code;

/// Whether a call can answer this code: a store and a server have others.
fn is_answered(code: Code) -> bool {
    matches!(code.number(), 101..=401 | 501..=599 | 701..=799)
}

/// The codes that a call can answer.
fn codes() -> String {
    let mut text = String::from(
        "\n// What went wrong: the stable codes, the same in every language. More may be added.\nenum grantrie_code {\n    \
         GRANTRIE_OK = 0,\n",
    );
    for code in Code::ALL.iter().filter(|code| is_answered(**code)) {
        let _ = writeln!(text, "    GRANTRIE_{} = {},", code.name().to_uppercase(), code.number());
    }
    text + "};"
}

/// How structs begin: their size, and zero, which is always the careful meaning.
fn beginnings() -> String {
    let mut text = String::from("// How a struct begins: with its size, all else zero.\n");
    for name in ["options", "caller", "question", "decision", "query", "problem"] {
        let _ =
            writeln!(text, "#define GRANTRIE_{}_INIT {{.size = sizeof(struct grantrie_{name})}}", name.to_uppercase());
    }
    text + "\n// A text from a string literal.\n#define GRANTRIE_TEXT(literal) \
            ((struct grantrie_text){.data = (literal), .length = sizeof(literal) - 1})"
}

#[test]
fn the_header_in_the_tree_is_what_the_sources_say() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(here.join("cbindgen.toml")).expect("a readable configuration");
    config.after_includes = Some(codes());
    config.trailer = Some(beginnings());
    let mut written = Vec::new();
    let made = cbindgen::Builder::new().with_crate(here).with_config(config).generate().expect("a header");
    made.write(&mut written);
    let made = String::from_utf8(written).expect("text");
    let path = here.join("include/grantrie.h");
    if std::env::var_os("GRANTRIE_WRITE_HEADER").is_some() {
        std::fs::write(&path, &made).expect("a writable header");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(made.lines()).find(|(kept, made)| kept != made);
    assert!(
        kept == made,
        "include/grantrie.h is not what the sources say (write it with `cargo xtask capi-header`): {differs:?}"
    );
}
