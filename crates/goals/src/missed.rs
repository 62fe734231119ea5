//! What is said of a goal that is missed: where the time goes, measured, and what was tried.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::profile::{self, Cost, Subject};
use crate::rows::rows;

/// What was tried, and what is to be profiled, for goals that are or were missed.
const NOTES: &str = include_str!("missed.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notes {
    note: Vec<Note>,
}

/// What is to be said of some figures.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Note {
    figures: Vec<String>,
    /// None where no check is what takes the time.
    profile: Option<Subject>,
    why: String,
    tried: String,
}

/// What was said of the figures that missed their goals.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Said {
    notes: Vec<Note>,
    profiles: Vec<(Subject, Vec<Cost>)>,
}

/// Says of each of these figures why it misses its goal and what was tried, and measures where the time goes.
///
/// # Errors
/// The notes can't be read.
pub(crate) fn say(missed: &[String], bin: &Path, seed: u64) -> Result<Said, String> {
    let Notes { note } = toml::from_str(NOTES).map_err(|error| format!("missed.toml: {error}"))?;
    let text =
        |figure: &String| rows().into_iter().find(|row| row.figure == *figure).map_or_else(String::new, |row| row.text);
    let mut said = Said::default();
    let mut known: BTreeMap<Subject, Result<Vec<Cost>, String>> = BTreeMap::new();
    for note in note {
        let of: Vec<&String> = missed.iter().filter(|figure| note.figures.contains(figure)).collect();
        if of.is_empty() {
            continue;
        }
        println!();
        of.iter().for_each(|figure| println!("MISSED {}", text(figure)));
        println!("{}", indented("why", &note.why));
        println!("{}", indented("tried", &note.tried));
        if let Some(subject) = &note.profile {
            let profiled = known.entry(subject.clone()).or_insert_with(|| profile::profile(bin, subject, seed));
            println!("  a check of `{}`, {}, by function:", subject.world, subject.form);
            match profiled {
                Ok(costs) => print!("{}", profile::table(costs)),
                Err(failure) => println!("    could not be profiled: {failure}"),
            }
        }
        said.notes.push(note);
    }
    let unknown = missed.iter().filter(|figure| !said.notes.iter().any(|note| note.figures.contains(figure)));
    unknown.for_each(|figure| println!("\nMISSED {}\n  nothing is written about it yet", text(figure)));
    said.profiles = known.into_iter().filter_map(|(subject, costs)| Some((subject, costs.ok()?))).collect();
    Ok(said)
}

/// A text in lines of a hundred characters, the first of which begins with its title.
fn indented(title: &str, text: &str) -> String {
    let mut lines = vec![format!("  {title}:")];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if lines[last].chars().count() + 1 + word.chars().count() > 100 {
            lines.push(format!("    {word}"));
        } else {
            lines[last] += &format!(" {word}");
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_of_figures_that_there_are_and_of_each_once() {
        let Notes { note } = toml::from_str(NOTES).expect("the notes");
        let known: Vec<String> = rows().into_iter().map(|row| row.figure).collect();
        let mut figures: Vec<&String> = note.iter().flat_map(|note| &note.figures).collect();
        assert!(figures.iter().all(|figure| known.contains(figure)), "{figures:?}");
        let count = figures.len();
        figures.sort();
        figures.dedup();
        assert_eq!(figures.len(), count);
        // The functions of the program `checks`.
        let forms = note.iter().filter_map(|note| note.profile.as_ref()).map(|profile| &*profile.form);
        assert!(forms.into_iter().all(|form| ["prepared", "string", "matching"].contains(&form)));
    }

    #[test]
    fn long_texts_are_cut_between_words() {
        let text = indented("why", &"a word ".repeat(40));
        assert!(text.lines().count() == 3 && text.lines().all(|line| line.len() <= 100), "{text}");
    }
}
