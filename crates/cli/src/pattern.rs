//! `grantrie pattern`: whether a text is a pattern, and how it relates to names and other patterns.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use grantrie::{Irn, ParseError, Pattern, Problem};
use serde::Serialize;

use crate::failure::{ERROR, Failure};
use crate::output::problems::Fault;
use crate::output::{self, BAD, GOOD, shown};

/// Say whether a text is a pattern, and what it matches, covers and overlaps
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Ask {
    /// The text that may be a pattern (after `--` where it begins with a hyphen)
    #[arg(value_name = "PATTERN")]
    text: String,

    /// Does it match this name?
    #[arg(long, value_name = "IRN", allow_hyphen_values = true)]
    matches: Option<String>,

    /// Does it match every name that this pattern matches?
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    covers: Option<String>,

    /// Is there a name that both match?
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    overlaps: Option<String>,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  grantrie pattern 'aisvc:agent:prod-*' --matches aisvc:agent:prod-7
  grantrie pattern 'aisvc:agent:*' --covers 'aisvc:agent:prod-*' --overlaps '*:agent:?' --json

Exit status: 0 it is a pattern, and the answer to each question is yes; 1 no;
2 error (a question about what is no pattern, or with what is no name or pattern).";

#[derive(Serialize)]
struct Answer<'a> {
    pattern: &'a str,
    /// Whether it is one.
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    covers: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overlaps: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault>,
}

/// The question's text, and the yes or no.
type Answered<'a> = Option<(&'a str, bool)>;

/// The questions in their order, answered.
struct Relations<'a> {
    matches: Answered<'a>,
    covers: Answered<'a>,
    overlaps: Answered<'a>,
}

impl Ask {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut out = anstream::stdout().lock();
        let answered = Pattern::parse(&self.text)
            .map_err(|error| Problem::parse(error, "pattern", &self.text))
            .and_then(|pattern| self.relate(&pattern));
        if self.json {
            output::or_unread(output::json(&mut out, &self.answer(&answered)))?;
        }
        match answered {
            Ok(relations) => {
                if !self.json {
                    output::or_unread(self.write(&mut out, &relations))?;
                }
                let yes = relations.list().into_iter().flatten().all(|(_, yes)| yes);
                Ok(ExitCode::from(u8::from(!yes)))
            }
            Err(problem) => self.refuse(&mut out, &problem),
        }
    }

    /// Whether anything is asked of the pattern but whether it is one.
    fn asks(&self) -> bool {
        self.matches.is_some() || self.covers.is_some() || self.overlaps.is_some()
    }

    fn relate<'a>(&'a self, pattern: &Pattern) -> Result<Relations<'a>, Problem> {
        Ok(Relations {
            matches: ask(self.matches.as_deref(), "matches", |irn| Ok(pattern.matches(&Irn::parse(irn)?)))?,
            covers: ask(self.covers.as_deref(), "covers", |other| Ok(pattern.covers(&Pattern::parse(other)?)))?,
            overlaps: ask(self.overlaps.as_deref(), "overlaps", |other| Ok(pattern.overlaps(&Pattern::parse(other)?)))?,
        })
    }

    fn answer<'a>(&'a self, answered: &Result<Relations<'_>, Problem>) -> Answer<'a> {
        let none = Answer {
            pattern: &self.text,
            valid: true,
            matches: None,
            covers: None,
            overlaps: None,
            message: None,
            error: None,
        };
        match answered {
            Ok(relations) => {
                let [matches, covers, overlaps] = relations.list().map(|answered| answered.map(|(_, yes)| yes));
                Answer { matches, covers, overlaps, ..none }
            }
            Err(problem) => Answer {
                valid: problem.field != "pattern",
                message: Some(problem.message.clone()),
                error: Some(Fault::from(problem)),
                ..none
            },
        }
    }

    fn write(&self, out: &mut impl Write, relations: &Relations<'_>) -> std::io::Result<()> {
        let pattern = shown(&self.text);
        if !self.asks() {
            return writeln!(out, "{GOOD}yes:{GOOD:#} {pattern} is a pattern");
        }
        let verbs = [("matches", "does not match"), ("covers", "does not cover"), ("overlaps", "does not overlap")];
        for (answered, (does, does_not)) in relations.list().into_iter().zip(verbs) {
            let Some((other, yes)) = answered else { continue };
            let (style, word, verb) = if yes { (GOOD, "yes", does) } else { (BAD, "no", does_not) };
            writeln!(out, "{style}{word}:{style:#} {pattern} {verb} {}", shown(other))?;
        }
        Ok(())
    }

    /// "Is it a pattern?" is answered with no; any other question cannot be answered.
    fn refuse(&self, out: &mut impl Write, problem: &Problem) -> Result<ExitCode, Failure> {
        let message = format!("{} [{} {}]", problem.message, problem.code.number(), problem.code);
        if !self.asks() {
            if !self.json {
                output::or_unread(writeln!(out, "{BAD}no:{BAD:#} not a pattern: {message}"))?;
            }
            return Ok(ExitCode::from(1));
        }
        if self.json {
            return Ok(ExitCode::from(ERROR));
        }
        Err(match problem.field.as_str() {
            "pattern" => Failure::new(format_args!("not a pattern: {message}")),
            "matches" => Failure::new(format_args!("--matches is no name: {message}"))
                .hint("a name has no wildcards; --covers and --overlaps take patterns"),
            option => Failure::new(format_args!("--{option} is no pattern: {message}")),
        })
    }
}

impl<'a> Relations<'a> {
    const fn list(&self) -> [Answered<'a>; 3] {
        [self.matches, self.covers, self.overlaps]
    }
}

fn ask<'a>(
    text: Option<&'a str>,
    field: &str,
    answer: impl FnOnce(&str) -> Result<bool, ParseError>,
) -> Result<Answered<'a>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let yes = answer(text).map_err(|error| Problem::parse(error, field, text))?;
    Ok(Some((text, yes)))
}
