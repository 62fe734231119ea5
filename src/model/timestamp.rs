//! Instants, in whole microseconds.

use std::fmt;
use std::str::FromStr;

/// An instant: microseconds since 1970-01-01T00:00:00Z, within the years that RFC 3339 can write (0000 to 9999).
///
/// ```
/// use grantrie::Timestamp;
/// let t: Timestamp = "2026-11-22T03:30:00.5+08:00".parse()?;
/// assert_eq!(t.to_string(), "2026-11-21T19:30:00.5Z");
/// assert!("2026-11-22".parse::<Timestamp>().is_err()); // an instant has a time and an offset
/// # Ok::<(), grantrie::InvalidTimestamp>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is not an instant that the engine can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 instant such as `2026-11-22T09:30:00Z`, in whole microseconds")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// 0000-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_167_219_200_000_000);
    /// 9999-12-30T22:00:00.999999Z: the last instant that can be written in every offset.
    pub const MAX: Self = Self(253_402_207_200_999_999);

    /// The instant so many microseconds after 1970-01-01T00:00:00Z, or nothing outside [`MIN`](Self::MIN)..=[`MAX`](Self::MAX).
    #[must_use]
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if micros < Self::MIN.0 || micros > Self::MAX.0 { None } else { Some(Self(micros)) }
    }

    /// The instant so many seconds after 1970-01-01T00:00:00Z, or nothing outside the range.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Option<Self> {
        match seconds.checked_mul(1_000_000) {
            Some(micros) => Self::from_micros(micros),
            None => None,
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The system's clock, now. The engine reads it only through the clock that the host gave.
    #[must_use]
    pub fn now() -> Self {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        i64::try_from(since.as_micros()).ok().and_then(Self::from_micros).unwrap_or(Self::MAX)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        // jiff reads a superset (hour-only offsets, zone annotations, spaces for `T`): keep to RFC 3339's own shape.
        let bytes = text.as_bytes();
        let date_and_time = bytes.len() >= "2026-11-22T09:30:00Z".len()
            && bytes.iter().take(19).enumerate().all(|(i, b)| match i {
                4 | 7 => *b == b'-',
                10 => matches!(b, b'T' | b't'),
                13 | 16 => *b == b':',
                _ => b.is_ascii_digit(),
            });
        let offset = match bytes.last_chunk::<6>() {
            _ if bytes.last().is_some_and(|b| matches!(b, b'Z' | b'z')) => true,
            Some([b'+' | b'-', a, b, b':', c, d]) => [a, b, c, d].iter().all(|x| x.is_ascii_digit()),
            _ => false,
        };
        if !date_and_time || !offset {
            return Err(InvalidTimestamp);
        }
        let instant: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        if instant.subsec_nanosecond().checked_rem(1_000) != Some(0) {
            return Err(InvalidTimestamp);
        }
        Self::from_micros(instant.as_microsecond()).ok_or(InvalidTimestamp)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By its parts: in microseconds alone, jiff does not take the last second.
        let part = i32::try_from(self.0.rem_euclid(1_000_000)).unwrap_or(0).saturating_mul(1_000);
        match jiff::Timestamp::new(self.0.div_euclid(1_000_000), part) {
            Ok(instant) => instant.fmt(f),
            // Not reached: every value is within jiff's range.
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_instant_are_read_as_they_are_written() {
        for (instant, text) in [
            (Timestamp::MIN, "0000-01-01T00:00:00Z"),
            (Timestamp(Timestamp::MIN.0 + 1), "0000-01-01T00:00:00.000001Z"),
            (Timestamp(-1), "1969-12-31T23:59:59.999999Z"),
            (Timestamp(Timestamp::MAX.0 - 999_999), "9999-12-30T22:00:00Z"),
            (Timestamp::MAX, "9999-12-30T22:00:00.999999Z"),
        ] {
            assert_eq!((instant.to_string().as_str(), text.parse()), (text, Ok(instant)));
        }
    }
}
