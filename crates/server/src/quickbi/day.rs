//! The last day of a grant.

use grantrie::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::error::Refusal;

/// How long a grant lasts that says nothing of it, in days after today.
const UNSAID: i64 = 7;

/// How long ago a day may lie to be merely over.
const LONG_AGO: i64 = 90;

/// The instant at which a grant ends: the beginning of the day after its last, in the zone. `day` is `YYYY-MM-DD`, or empty for seven
/// days on.
///
/// # Errors
/// A text that is no day, a day that is over, or one so late that no instant can be written for it.
pub(super) fn end(day: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Refusal> {
    let today = today(now, zone)?;
    let last = if day.is_empty() { later(today, UNSAID.days())? } else { read(day)? };
    if last < today {
        let long_ago = today.checked_sub(LONG_AGO.days()).is_ok_and(|start| last < start);
        return Err(if long_ago { Refusal::date_exceed() } else { Refusal::expire_day() });
    }
    let end = later(last, 1.day())?.to_zoned(zone.clone()).and_then(|day| day.start_of_day());
    let end = end.map_err(|_| Refusal::expire_day())?.timestamp().as_second();
    Timestamp::from_seconds(end).ok_or_else(Refusal::expire_day)
}

fn today(now: Timestamp, zone: &TimeZone) -> Result<Date, Refusal> {
    let now = jiff::Timestamp::from_microsecond(now.as_micros()).map_err(|_| Refusal::expire_day())?;
    Ok(zone.to_datetime(now).date())
}

fn later(day: Date, by: Span) -> Result<Date, Refusal> {
    day.checked_add(by).map_err(|_| Refusal::expire_day())
}

/// Exactly `YYYY-MM-DD`: jiff reads more.
fn read(day: &str) -> Result<Date, Refusal> {
    let date: Date = day.parse().map_err(|_| Refusal::date_format())?;
    if date.to_string() == day { Ok(date) } else { Err(Refusal::date_format()) }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;
    use crate::http::request_id::RequestId;

    fn end_at(day: &str, now: &str, zone: &str) -> Result<String, String> {
        let end = end(day, now.parse().unwrap(), &TimeZone::get(zone).unwrap());
        end.map(|end| end.to_string()).map_err(|refusal| format!("{refusal:?}"))
    }

    const NOON: &str = "2026-11-22T04:00:00Z";

    #[test]
    fn a_grant_holds_to_the_end_of_its_last_day_in_the_zone() {
        let end = |day| end_at(day, NOON, "Asia/Shanghai").unwrap();
        assert_eq!(end("2026-11-22"), "2026-11-22T16:00:00Z");
        assert_eq!(end("2026-12-31"), "2026-12-31T16:00:00Z");
        assert_eq!(end("2028-02-29"), "2028-02-29T16:00:00Z");
        assert_eq!(end(""), "2026-11-29T16:00:00Z");
        assert_eq!(end_at("2026-11-22", NOON, "UTC").unwrap(), "2026-11-23T00:00:00Z");
        assert_eq!(end_at("2026-11-22", NOON, "America/New_York").unwrap(), "2026-11-23T05:00:00Z");
    }

    #[test]
    fn today_is_the_zones_today() {
        // Still the 21st in New York, already the 22nd in Shanghai.
        let night = "2026-11-21T20:00:00Z";
        assert!(end_at("2026-11-21", night, "America/New_York").is_ok());
        assert!(end_at("2026-11-21", night, "Asia/Shanghai").unwrap_err().contains("Share.ExpireDate.Error"));
    }

    #[test]
    fn a_day_that_begins_late_ends_the_one_before() {
        // On 2026-09-06 Santiago has no midnight: the day begins at one.
        assert_eq!(end_at("2026-09-05", "2026-09-01T12:00:00Z", "America/Santiago").unwrap(), "2026-09-06T04:00:00Z");
    }

    #[test]
    fn what_is_no_day_or_over_is_said() {
        let code = |day| end_at(day, NOON, "Asia/Shanghai").unwrap_err();
        for day in [
            "2026-13-01",
            "2026-02-29",
            "22.11.2026",
            "2026-11-22T00:00:00",
            "20261122",
            "2026-1-1",
            " 2026-11-22",
            "x",
        ] {
            assert!(code(day).contains("Date.Format.Error"), "{day}: {}", code(day));
        }
        assert!(code("2026-11-21").contains("Share.ExpireDate.Error"));
        assert!(code("2026-08-24").contains("Share.ExpireDate.Error"));
        assert!(code("2026-08-23").contains("Date.Exceed.Error"));
        assert!(code("9999-12-31").contains("Share.ExpireDate.Error"), "nothing begins after it");
        assert!(end_at("9999-12-28", NOON, "Asia/Shanghai").is_ok());
    }

    #[test]
    fn errors_are_answered_with_their_status() {
        let id = RequestId("r".to_owned());
        assert_eq!(Refusal::date_format().answer(&id, None).into_response().status(), 400);
        assert_eq!(Refusal::no_such_action().answer(&id, None).into_response().status(), 500);
    }
}
