//! Times and durations as they are written on the command line.

use anyhow::{Context, bail};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// `30d`, `12h`, `90m` in seconds.
pub fn duration(text: &str) -> anyhow::Result<i64> {
    let wrong = || format!("write a number and d, h or m, such as 30d, not {text}");
    let end = text.len().checked_sub(1).filter(|end| text.is_char_boundary(*end)).with_context(wrong)?;
    let (number, unit) = text.split_at(end);
    let number: i64 = number.parse().ok().filter(|number| (0..=36_500).contains(number)).with_context(wrong)?;
    match unit {
        "d" => Ok(number * 86_400),
        "h" => Ok(number * 3_600),
        "m" => Ok(number * 60),
        _ => bail!(wrong()),
    }
}

/// `2026-11-30`, `2026-11-30T18:00:00Z` or `+7d`, in seconds since 1970-01-01 UTC.
pub fn moment(text: &str, now: i64) -> anyhow::Result<i64> {
    if let Some(later) = text.strip_prefix('+') {
        return Ok(now.saturating_add(duration(later)?));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_second());
    }
    let date: Date = text.parse().ok().with_context(|| {
        format!("write a time such as 2026-11-30T18:00:00Z, a date (midnight, UTC) or +7d, not {text}")
    })?;
    Ok(date.to_zoned(TimeZone::UTC).context("no such date")?.timestamp().as_second())
}

/// A time as people read it.
pub fn shown(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or_default().to_zoned(TimeZone::UTC);
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        assert_eq!(
            (duration("30d").unwrap(), duration("2h").unwrap(), duration("5m").unwrap()),
            (2_592_000, 7_200, 300)
        );
        assert_eq!(moment("2026-11-24", 0).unwrap(), 1_795_478_400);
        assert_eq!(moment("2026-11-24T01:00:00+01:00", 0).unwrap(), 1_795_478_400);
        assert_eq!(moment("+1d", 100).unwrap(), 86_500);
        for wrong in ["", "d", "-1d", "5", "5w", "é"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert!(moment("tomorrow", 0).is_err());
        assert_eq!(shown(1_795_478_400), "2026-11-24 00:00 UTC");
    }
}
