//! Dates, numbers and names as reports write them.

use jiff::{Timestamp, tz::Offset};

use crate::{
    finding::About,
    rule::{Confidence, Kind},
};

/// RFC 3339 with the offset of the clock that made it; `None` beyond the year 9999.
pub fn date_time(seconds: i64, offset_minutes: i32) -> Option<String> {
    let time = Timestamp::from_second(seconds).ok()?;
    if offset_minutes == 0 {
        return Some(time.to_string());
    }
    let offset = offset_minutes.checked_mul(60).and_then(|seconds| Offset::from_seconds(seconds).ok())?;
    Some(time.display_with_offset(offset).to_string())
}

/// The day, in UTC: `2021-03-04`.
pub fn day(seconds: i64) -> Option<String> {
    Some(Timestamp::from_second(seconds).ok()?.strftime("%Y-%m-%d").to_string())
}

/// `1234567` as `1,234,567`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 key`, `1,200 keys`: the word for one, and an `s` for more.
pub fn count(value: u64, word: &str) -> String {
    format!("{} {word}{}", number(value), if value == 1 { "" } else { "s" })
}

/// `5.8 GB`; powers of 1000.
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut scaled = value as f64;
    let mut unit = 0;
    while scaled >= 999.5 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && scaled < 9.95);
    format!("{scaled:.decimals$} {}", UNITS[unit])
}

/// `42 ms`, `2.7 s`, `3 min 5 s`.
pub fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{:.1} s", milliseconds as f64 / 1000.0),
        _ => format!("{} min {} s", number(milliseconds / 60_000), milliseconds % 60_000 / 1000),
    }
}

/// What a credential is called: the issuer and its name for it.
pub fn title(about: &About) -> String {
    let About { issuer_name, name, .. } = about;
    if name.contains(issuer_name.as_str()) { name.clone() } else { format!("{issuer_name}: {name}") }
}

/// Whether a rule's `rotate` is an address, and not steps in words.
pub fn is_address(rotate: &str) -> bool {
    rotate.starts_with("https://") || rotate.starts_with("http://")
}

/// The same with a capital letter in front.
pub fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The word for a kind, as reports for programs write it.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiKey => "api-key",
        Kind::PersonalAccessToken => "personal-access-token",
        Kind::M2mClient => "m2m-client",
        Kind::OauthToken => "oauth-token",
        Kind::Webhook => "webhook",
        Kind::PrivateKey => "private-key",
        Kind::ConnectionString => "connection-string",
        Kind::SessionToken => "session-token",
        Kind::Password => "password",
    }
}

/// The word for a confidence.
pub fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_carry_their_offset_and_odd_ones_are_left_out() {
        assert_eq!(date_time(0, 0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(date_time(0, -90).as_deref(), Some("1969-12-31T22:30:00-01:30"));
        assert_eq!(date_time(i64::MAX, 0), None);
        assert_eq!(date_time(0, i32::MAX), None);
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([number(0), number(999), number(1000), number(1234567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [bytes(0), bytes(999), bytes(5_812_000_000), bytes(150_000_000)],
            ["0 bytes", "999 bytes", "5.8 GB", "150 MB"]
        );
        assert_eq!([duration(42), duration(2_740), duration(185_000)], ["42 ms", "2.7 s", "3 min 5 s"]);
        assert_eq!([count(1, "key"), count(1200, "key")], ["1 key", "1,200 keys"]);
    }
}
