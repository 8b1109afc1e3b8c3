//! The account in an access key id of AWS: base32 of the 16 characters behind the prefix holds it in bits 1 to 40.
//!
//! Holds for keys made since about March 2019; of older ones (fifth character I or J) the number is no account's.

use super::radix::base32;

/// Account numbers have twelve digits.
const MOST: u64 = 999_999_999_999;

/// The account of an id that begins with AKIA or ASIA, if it can be one.
pub fn account(id: &[u8]) -> Option<u64> {
    let rest = id.strip_prefix(b"AKIA").or(id.strip_prefix(b"ASIA")).filter(|rest| rest.len() == 16)?;
    if matches!(rest[0], b'I' | b'J') {
        return None;
    }
    let bytes = base32(rest)?;
    let number = bytes.iter().take(6).fold(0, |number, byte| number << 8 | u64::from(*byte));
    Some((number & 0x7fff_ffff_ff80) >> 7).filter(|account| *account <= MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::whole;

    #[test]
    fn vectors() {
        assert_eq!(account(&whole("AKIA{-}RZPUZDIK{-}AAAACAQD")), Some(123_456_789_012));
        assert_eq!(account(&whole("ASIA{-}QNZGKIQY{-}56JQ7WML")), Some(29_608_264_753));
    }

    #[test]
    fn what_holds_no_account_gives_none() {
        assert_eq!(account(&whole("AKIA{-}IAAAAAAA{-}AAAAAAAA")), None);
        assert_eq!(account(&whole("AKIA{-}77777777{-}77777777")), None);
        assert_eq!(account(b"AKIA"), None);
    }
}
