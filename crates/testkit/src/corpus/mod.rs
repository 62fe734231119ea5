//! The corpus: cases that every face of the engine must answer alike.
//!
//! A file is a world and cases about it, in TOML. The formats are in [`mod@format`], the world that they describe in
//! [`World`]; [`run`] puts the cases to a [`Face`], and [`ModelFace`] is the face of the reference model,
//! [`EngineFace`] that of the library, [`ProcessFace`] that of the command and [`HostFace`] that of a program in another
//! language. For faces behind a process, [`world_json`] writes a world, [`changes_json`] a change set and [`request_json`] a
//! request.
//!
//! The cases are the authority, thought out from the specification. An answer is never copied from an implementation.

pub mod format;

mod changes;
mod engine_face;
mod face;
mod host_face;
mod json;
mod model_face;
mod process_face;
mod run;
mod world;

use std::path::Path;

pub use changes::{changes_json, changes_value};
pub use engine_face::EngineFace;
pub use face::{Face, Grammar, Resolved};
pub use host_face::HostFace;
pub use json::{attributes_json, request_json, request_value, world_json, world_value};
pub use model_face::ModelFace;
pub use process_face::ProcessFace;
pub use run::{Count, Failure, Report, run};
pub use world::World;

/// One file of the corpus.
#[derive(Debug, Clone)]
pub struct CorpusFile {
    /// The file's name without its ending.
    pub name: String,
    /// The world that the cases are about.
    pub world: World,
    /// The cases.
    pub cases: format::Cases,
}

/// Reads every `.toml` file of a directory, by name.
///
/// # Errors
/// Which file could not be read, and why.
pub fn load_dir(directory: &Path) -> Result<Vec<CorpusFile>, String> {
    let at = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let entries = std::fs::read_dir(directory).map_err(|error| at(directory, &error))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| at(path, &error))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        parse(&name, &text).map_err(|error| at(path, &error))
    };
    paths.iter().map(read).collect()
}

/// Reads the text of one file.
///
/// # Errors
/// What is wrong with it.
pub fn parse(name: &str, text: &str) -> Result<CorpusFile, String> {
    let file: format::File = toml::from_str(text).map_err(|error| error.to_string())?;
    Ok(CorpusFile { name: name.to_owned(), world: World::new(&file.world)?, cases: file.cases })
}
