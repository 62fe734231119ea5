//! A world file of any size on standard output: `cargo xtask load`.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use grantrie_testkit::workload::Workload;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [permissions, seed] = numbers[..] else {
        eprintln!("usage: world PERMISSIONS SEED");
        return ExitCode::from(2);
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let workload = Workload::new(seed, usize::try_from(permissions).unwrap_or(usize::MAX));
    match workload.write_world(&mut out).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot write: {error}");
            ExitCode::FAILURE
        }
    }
}
