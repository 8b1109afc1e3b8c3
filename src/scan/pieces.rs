//! What a hook or a CI job looks at: several texts of one repository, in one report.

use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice};

use super::{Piece, Run, ScanError, commit_info, objects, texts};
use crate::{
    blob::Fresh,
    location::SourceKind,
    source::{Origin, Outcome, arriving, files, range, range::Range, targets::Target, tree},
};

impl Run<'_> {
    pub(super) fn pieces(&mut self, target: &Target, pieces: &[Piece]) -> Result<(), ScanError> {
        for piece in pieces {
            if (self.stop)() {
                break;
            }
            match piece {
                Piece::Staged { merged } => self.staged(target, merged)?,
                Piece::Arriving(range) => self.arriving(target, range)?,
                Piece::Files(paths) => self.named_files(target, paths),
                Piece::Message(text) => self.message(target, text),
                Piece::History => self.files(target, false, true),
                Piece::Tree => self.files(target, true, false),
            }
        }
        Ok(())
    }

    fn arriving(&mut self, target: &Target, range: &Range) -> Result<(), ScanError> {
        self.progress.stage("commits");
        let repo = self.repository(target)?;
        let options = range::Options { max_size: self.options.max_size, filter: self.filter_of(&target.shown()) };
        let (detector, marks) = (self.detector, self.options.marks());
        let objects = objects(&repo);
        let visit =
            |origin: &Origin, bytes: &[u8], fresh: Fresh<'_>| texts::scan(detector, &marks, origin, bytes, fresh);
        let outcome = arriving::scan(&repo, &*objects, range, &options, &visit, self.stop)?;
        self.take_of_repository(outcome, &repo, &target.shown(), &|commit| commit_info(&*objects, commit));
        Ok(())
    }

    fn named_files(&mut self, target: &Target, paths: &[PathBuf]) {
        self.progress.stage("files");
        let root = match target {
            Target::Path(path) => path.as_path(),
            Target::Url(_) | Target::Stdin => Path::new("."),
        };
        let options = tree::Options {
            max_size: self.options.max_size,
            include_ignored: true,
            filter: self.filter_of(&target.shown()),
            environment: self.environment.clone(),
        };
        let (detector, marks) = (self.detector, self.options.marks());
        let visit =
            |origin: &Origin, bytes: &[u8], fresh: Fresh<'_>| texts::scan(detector, &marks, origin, bytes, fresh);
        let names = paths.iter().map(|path| files::path_bytes(path)).collect();
        let outcome = tree::named(root, names, &options, &visit, self.stop);
        self.take(outcome, &target.shown(), &|_| None);
    }

    fn message(&mut self, target: &Target, text: &BString) {
        let origin = Origin {
            source: SourceKind::CommitMessage,
            path: None,
            blob: None,
            commit: None,
            tag: None,
            first_line: 1,
        };
        let mut outcome = Outcome::default();
        outcome.tally.commits += 1;
        outcome.tally.bytes += text.len() as u64;
        outcome.tally.fresh_bytes += text.len() as u64;
        outcome.found.extend(texts::scan(self.detector, &self.options.marks(), &origin, text.as_bytes(), Fresh::All));
        self.take(outcome, &target.shown(), &|_| None);
    }
}
