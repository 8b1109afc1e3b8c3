//! Headers of pack entries: any bytes are a header or an error, and a header reads back as it was written.
#![no_main]

use keysweep::source::history::entry::{Entry, Form};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for oid_len in [20, 32] {
        let Ok(entry) = Entry::parse(bytes, oid_len) else { continue };
        assert!(entry.header <= bytes.len(), "the header lies in the bytes");
        // What follows a header decides nothing; a header that is cut is an error.
        assert_eq!(Entry::parse(&bytes[..entry.header], oid_len), Ok(entry));
        assert!(Entry::parse(&bytes[..entry.header - 1], oid_len).is_err());
        assert_eq!((entry.size, entry.form), slow(bytes, entry.form), "a slow reading agrees");
    }
});

/// Size and base distance, read with numbers that cannot overflow.
fn slow(bytes: &[u8], form: Form) -> (u64, Form) {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).expect("it was read");
    let size = bytes[1..=end].iter().rev().fold(0u128, |size, byte| size << 7 | u128::from(byte & 0x7f));
    let size = u64::try_from(size << 4 | u128::from(bytes[0] & 15)).expect("too large a size is an error");
    let Form::OffsetDelta(_) = form else { return (size, form) };
    let mut distance = 0u128;
    for byte in &bytes[end + 1..] {
        distance = distance << 7 | u128::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
        distance += 1;
    }
    (size, Form::OffsetDelta(u64::try_from(distance).expect("too large a distance is an error")))
}
