//! Dates as the schemes write them.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use super::Fault;

/// Seconds since 1970 of a date in UTC, written exactly in this form.
pub(super) fn read(text: &str, form: &str, part: &'static str, expected: &'static str) -> Result<i64, Fault> {
    let malformed = || Fault::Malformed { part, expected };
    let moment = DateTime::strptime(form, text).map_err(|_| malformed())?;
    // `strptime` takes more than `strftime` writes (blanks, missing zeros).
    if strtime::format(form, moment).ok().as_deref() != Some(text) {
        return Err(malformed());
    }
    Ok(TimeZone::UTC.to_timestamp(moment).map_err(|_| malformed())?.as_second())
}
