//! A key is worked on by one run at a time. The system gives the lock back when a run ends, however it ends.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::Path,
};

/// The lock of one key, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a finding, beside the journal; `None` where another run has it.
    ///
    /// # Errors
    /// Where no file can be made there.
    pub fn take(journal: &Path, finding: &str) -> io::Result<Option<Self>> {
        let mut name = journal.file_name().unwrap_or_default().to_owned();
        name.push(".locks");
        let folder = journal.with_file_name(name);
        fs::create_dir_all(&folder)?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(finding))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_locked_until_its_lock_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("journal.jsonl");
        let take = |finding| Lock::take(&journal, finding).expect("a file");
        let lock = take("ks1-a");
        assert!(lock.is_some() && take("ks1-a").is_none() && take("ks1-b").is_some());
        drop(lock);
        assert!(take("ks1-a").is_some());
    }
}
