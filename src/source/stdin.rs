//! Standard input, as one blob.

use std::io::{self, Read};

use bstr::BString;

use super::{Origin, Outcome, Visit};
use crate::{
    blob::Fresh,
    location::SourceKind,
    problem::{Problem, ProblemKind, Skip},
};

/// Reads `input` to its end and shows it, under the name that the user gave it. Above `max_size` bytes it is skipped and counted, and
/// not read any further.
pub fn scan<T>(input: &mut dyn Read, name: Option<BString>, max_size: u64, visit: &Visit<'_, T>) -> Outcome<T> {
    let mut outcome = Outcome::default();
    let mut bytes = Vec::new();
    match read(input, max_size, &mut bytes) {
        Ok(true) => {
            outcome.tally.bytes = bytes.len() as u64;
            outcome.tally.fresh_bytes = bytes.len() as u64;
            let origin =
                Origin { source: SourceKind::Stdin, path: name, blob: None, commit: None, tag: None, first_line: 1 };
            outcome.found.extend(visit(&origin, &bytes, Fresh::All));
        }
        Ok(false) => outcome.tally.skip(Skip::TooBig),
        Err(error) => outcome.problems.push(Problem {
            kind: ProblemKind::Unreadable,
            what: "standard input".to_owned(),
            why: error.to_string(),
        }),
    }
    outcome
}

/// Whether all of it fits.
fn read(input: &mut dyn Read, max_size: u64, bytes: &mut Vec<u8>) -> io::Result<bool> {
    input.take(max_size.saturating_add(1)).read_to_end(bytes)?;
    Ok(bytes.len() as u64 <= max_size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan_text(text: &[u8], max_size: u64) -> Outcome<(Origin, Vec<u8>)> {
        let show = |origin: &Origin, bytes: &[u8], _: Fresh<'_>| Some((origin.clone(), bytes.to_vec()));
        scan(&mut &*text, Some("name".into()), max_size, &show)
    }

    #[test]
    fn all_of_it_is_one_blob_with_the_name_given() {
        let found = scan_text(b"abc\n", 4);
        assert_eq!((found.found[0].1.as_slice(), &found.found[0].0.path), (b"abc\n".as_slice(), &Some("name".into())));
        assert_eq!((found.tally.bytes, found.problems.len()), (4, 0));
    }

    #[test]
    fn above_the_limit_it_is_skipped_and_counted() {
        let found = scan_text(b"abc\n", 3);
        assert_eq!((found.found.len(), found.tally.skipped.get(&Skip::TooBig)), (0, Some(&1)));
    }

    #[test]
    fn an_error_is_a_problem() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let found = scan(&mut Broken, None, 10, &|_: &Origin, _: &[u8], _: Fresh<'_>| Some(()));
        assert_eq!((found.found.len(), found.problems.len()), (0, 1));
    }
}
