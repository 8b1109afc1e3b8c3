//! All remarks on some files.

use std::{fs, path::PathBuf, sync::Arc};

use super::{
    alone,
    draft::{Draft, Source},
    remark::{Remark, What},
    together,
};
use crate::{
    detect::Detector,
    rule::{
        Complaint, RuleError, RuleSet,
        file::Loaded,
        outline::{Outline, OutlineError},
        set,
    },
};

/// Reads files and checks their rules, each alone and all beside the rules of the program.
///
/// # Errors
/// Where a file cannot be read. What it says wrongly is a remark.
pub fn check(files: &[PathBuf]) -> Result<Vec<Remark>, RuleError> {
    let mut sources = vec![];
    for path in files {
        let text = fs::read_to_string(path).map_err(|source| RuleError::Unreadable { path: path.clone(), source })?;
        sources.push((path, Source::new(path.display().to_string(), text)));
    }
    let (mut remarks, mut drafts) = (vec![], vec![]);
    for (path, source) in &sources {
        match set::read(path) {
            Ok(loaded) => drafts.extend(loaded.into_iter().map(|loaded| Draft { source, loaded })),
            Err(RuleError::Broken(complaint)) => remarks.push(broken(source, &complaint)),
            Err(error) => return Err(error),
        }
    }
    // What has no lane cannot be searched for, and is checked no further.
    drafts.retain(|draft| match without_lane(draft) {
        Some(remark) => {
            remarks.push(remark);
            false
        }
        None => true,
    });
    remarks.extend(alone::remarks(&drafts));
    let loaded: Vec<Loaded> = drafts.iter().map(|draft| draft.loaded.clone()).collect();
    match RuleSet::with_drafts(loaded) {
        Ok(rules) => {
            let detector = Detector::new(Arc::new(rules)).expect("the outline of each of its rules was made");
            remarks.extend(drafts.iter().flat_map(|draft| together::remarks(&detector, draft)));
        }
        Err(complaint) => {
            let source = sources.iter().map(|(_, source)| source).find(|source| source.file == complaint.file);
            remarks.extend(source.map(|source| broken(source, &complaint)));
        }
    }
    remarks.sort();
    remarks.dedup();
    Ok(remarks)
}

fn broken(source: &Source, complaint: &Complaint) -> Remark {
    Remark {
        file: source.file.clone(),
        line: complaint.line,
        rule: source.rule_at(complaint.line),
        what: What::Broken,
        says: complaint.message.clone(),
        mend: "The rest of the file is looked at once this is mended.".to_owned(),
    }
}

fn without_lane(draft: &Draft<'_>) -> Option<Remark> {
    let rule = &draft.loaded.rule;
    let error = if rule.context.is_some() { None } else { Outline::of(rule).err() }?;
    let mend = match error {
        OutlineError::LongWithoutLiteral(_) => "Give it an `anchor`, or a shorter reach of the match and of `near`.",
        _ => "Let it begin with a literal of 3 bytes, or give it an `anchor` (docs/rules.md, \"Patterns\").",
    };
    Some(draft.remark_at(&["pattern =", "anchor ="], What::NoLane, error.to_string(), mend))
}
