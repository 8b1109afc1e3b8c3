//! Sizes in bytes as people write them: `50MiB`, `10M`, `1000`.

/// Offsets have 32 bits, and UTF-16 grows by half where it is read.
pub const MOST: u64 = 2 << 30;

/// `K`, `M`, `G` with or without `iB` are powers of 1024; with `B` alone, powers of 1000.
pub fn parse(text: &str) -> Result<u64, String> {
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return Err(format!("`{unit}` is no unit; write bytes, or a number with KiB, MiB or GiB")),
    };
    let number: u64 = number.parse().map_err(|_| "write a whole number, such as 50MiB".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "more bytes than can be counted".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(parse("50MiB"), Ok(50 << 20));
        assert_eq!(parse("10M"), Ok(10 << 20));
        assert_eq!(parse("10 mb"), Ok(10_000_000));
        assert_eq!(parse("1000"), Ok(1000));
        assert!(
            parse("MiB").is_err() && parse("1.5M").is_err() && parse("-1").is_err() && parse("99999999999G").is_err()
        );
    }
}
