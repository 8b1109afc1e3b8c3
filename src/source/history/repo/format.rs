//! Which formats of a repository are read.

use std::path::Path;

use bstr::{BStr, ByteSlice};

use super::OpenError;
use crate::source::{files::plain, history::config::Config};

/// Extensions that change nothing in how we read, whatever their value.
pub const HARMLESS: &[&str] = &[
    "noop",
    "noop-v1",
    "preciousobjects",
    "partialclone",
    "worktreeconfig",
    "relativeworktrees",
    "compatobjectformat",
];

/// Bytes of an object id, or the setting that keeps us from reading the repository. As git does, extensions unknown to us are
/// passed over in format 0.
pub fn oid_len(path: &Path, config: &Config) -> Result<usize, OpenError> {
    let unsupported = |what: String| OpenError::Unsupported { path: path.to_owned(), what };
    let version = config.text("core", "repositoryformatversion").unwrap_or(BStr::new("0"));
    if !matches!(version.as_bytes(), b"0" | b"1") {
        return Err(unsupported(format!("core.repositoryformatversion = {}", plain(version))));
    }
    let mut oid_len = 20;
    for setting in config.settings().iter().filter(|s| s.section == "extensions" && s.subsection.is_none()) {
        let value = setting.value.as_ref().map_or(BStr::new("true"), |v| v.as_bstr());
        match (setting.key.to_str_lossy().as_ref(), value.as_bytes()) {
            ("objectformat", b"sha1") | ("refstorage", b"files") => {}
            ("objectformat", b"sha256") if version == "1" => oid_len = 32,
            ("objectformat" | "refstorage", _) => {
                return Err(unsupported(format!("extensions.{} = {}", plain(setting.key.as_bstr()), plain(value))));
            }
            (key, _) if version == "0" || HARMLESS.contains(&key) => {}
            (key, _) => return Err(unsupported(format!("extensions.{} = {}", plain(BStr::new(key)), plain(value)))),
        }
    }
    Ok(oid_len)
}
