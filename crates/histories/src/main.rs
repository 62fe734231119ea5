//! Random histories of a store for as long as one likes: `cargo xtask histories`.

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use clap::Parser;
use grantrie_histories::{Tally, live};
use grantrie_testkit::Choices;
use grantrie_testkit::differential::Disagreement;

/// How often a line tells how far it has come.
const PERIOD: Duration = Duration::from_secs(10);

#[derive(Debug, Parser)]
#[command(about = "Random histories of a store, compared with the reference model")]
struct Arguments {
    /// How many histories.
    #[arg(long, default_value_t = 1_000)]
    rounds: u64,
    /// The seed of the first; those after it have the next ones. The clock's, if absent.
    #[arg(long)]
    seed: Option<u64>,
    /// Steps of each.
    #[arg(long, default_value_t = 100)]
    steps: usize,
}

fn main() -> ExitCode {
    let Arguments { rounds, seed, steps } = Arguments::parse();
    let clock = || SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs()) << 20;
    let first = seed.unwrap_or_else(clock);
    println!("histories: {rounds} of {steps} steps, seed {first}");
    let (begun, mut told, mut all) = (Instant::now(), Instant::now(), Tally::default());
    for round in 0..rounds {
        let seed = first.wrapping_add(round);
        match live(Choices::seeded(seed), steps) {
            Ok(tally) => all.add(&tally),
            Err(Disagreement { what, engine, model }) => {
                println!("store and model differ (seed {seed}, after {round} histories)");
                println!("    {what}\n  store: {engine}\n  model: {model}");
                println!("once more: cargo xtask histories --rounds 1 --steps {steps} --seed {seed}");
                return ExitCode::FAILURE;
            }
        }
        if told.elapsed() >= PERIOD {
            told = Instant::now();
            println!("{:6.0?} {} histories: {all}", begun.elapsed(), round + 1);
        }
    }
    println!("{rounds} histories in {:.1?}, no difference: {all}", begun.elapsed());
    ExitCode::SUCCESS
}
