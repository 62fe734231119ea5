//! The long run of engine against model: `cargo xtask differential`.

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use grantrie_testkit::differential;

/// How often a line tells how far it has come.
const PERIOD: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(checks)), seed) = (numbers.next(), numbers.next()) else {
        eprintln!("usage: differential CHECKS [SEED]");
        return ExitCode::from(2);
    };
    let seed = match seed {
        Some(Ok(seed)) => seed,
        _ => SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs()) << 20,
    };
    println!("differential: seed {seed}, {checks} checks");
    let begun = Instant::now();
    let mut told = begun;
    let done = differential::run_with(seed, checks, |report| {
        if told.elapsed() >= PERIOD {
            told = Instant::now();
            println!("{:6.0?} {:9} checks, {:7.0} a second", begun.elapsed(), report.checks, rate(report.checks, begun));
        }
    });
    match done {
        Ok(report) => {
            println!("{report}");
            println!("no difference; {:.1?}, {:.0} checks a second", begun.elapsed(), rate(report.checks, begun));
            ExitCode::SUCCESS
        }
        Err(difference) => {
            println!("{difference}");
            println!("found after {:.1?}", begun.elapsed());
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown in whole checks a second")]
fn rate(checks: u64, begun: Instant) -> f64 {
    checks as f64 / begun.elapsed().as_secs_f64().max(1e-9)
}
