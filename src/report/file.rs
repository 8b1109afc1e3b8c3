//! A report in a file: whole, or not at all.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{Format, Look, Report};

/// Writes to a new file beside `path` and moves it there at the end, so that a reader never sees half a report. A device or
/// FIFO is written to straight. The file is readable as the user's umask says, and by the user alone where it holds secrets.
pub fn save(report: &Report, format: Format, look: Look, path: &Path) -> io::Result<()> {
    let holds_secrets = report.findings.iter().any(|finding| finding.secret.is_some());
    save_by(path, holds_secrets, &|out| report.write(format, look, out))
}

/// The same for what `write` writes.
pub fn save_by(path: &Path, holds_secrets: bool, write: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let write = |out: &mut File| {
        let mut out = BufWriter::new(out);
        write(&mut out)?;
        out.flush()
    };
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&path).is_ok_and(|known| !known.is_file()) {
        return write(&mut File::options().write(true).open(&path)?);
    }
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(PathBuf::from("."), Path::to_owned);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".keysweep-report-");
    #[cfg(unix)]
    if !holds_secrets {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    write(file.as_file_mut())?;
    file.persist(&path).map_err(|failed| failed.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_report_replaces_an_older_one_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();
        save(&sample::report(), Format::Json, Look::PLAIN, &path).unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("{\n"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn where_the_folder_is_missing_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        assert!(save(&sample::report(), Format::Json, Look::PLAIN, &folder.path().join("no/report.json")).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_stays_a_device_and_secrets_are_for_the_user_alone() {
        use std::os::unix::fs::{FileTypeExt, PermissionsExt};
        let mut report = sample::report();
        save(&report, Format::Json, Look::PLAIN, Path::new("/dev/null")).unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        report.findings[0].secret = Some(crate::secret::Secret::new(b"shown"));
        save(&report, Format::Json, Look::PLAIN, &path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
