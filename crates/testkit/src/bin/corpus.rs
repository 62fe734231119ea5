//! Puts the corpus to a program in another language, and to the engine and the model: `corpus PROGRAM [ARGUMENT …]`.
//!
//! Prints how many cases of each kind were answered. Fails if one is answered otherwise, if one is not answered, or if the
//! counts differ. The program is asked as `crates/testkit/src/corpus/host_face.rs` describes.

use std::path::Path;
use std::process::{Command, ExitCode};

use grantrie_testkit::corpus::{EngineFace, HostFace, ModelFace, Report, load_dir, run};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: corpus PROGRAM [ARGUMENT …]");
        return ExitCode::from(2);
    };
    match answered(Command::new(program).args(words)) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn answered(program: &mut Command) -> Result<String, String> {
    let files = load_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus"))?;
    let name = program.get_program().to_string_lossy().into_owned();
    let mut face = HostFace::start(program).map_err(|error| format!("{name}: {error}"))?;
    let of_host = run(&files, &mut face);
    let asked = face.end().map_err(|error| error.to_string())?;
    print!("{of_host}");
    let unanswered: usize = of_host.counts.values().map(|count| count.unsupported).sum();
    let others = [run(&files, &mut EngineFace::default()), run(&files, &mut ModelFace::default())];
    let [engine, model, host] = [&others[0], &others[1], &of_host].map(Report::answered);
    let line = format!("answered: engine {engine}, model {model}, this program {host} (in {asked} questions)");
    let alike = others.iter().all(|report| report.counts == of_host.counts);
    if of_host.failures.is_empty() && unanswered == 0 && alike { Ok(line) } else { Err(line) }
}
