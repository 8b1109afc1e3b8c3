//! One repository's history: objects are scanned, then hits are attributed to paths and commits.

use std::{mem, sync::Arc};

use bstr::{BString, ByteSlice};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    evidences::Evidences,
    head::Head,
    history::{self, Hit, Objects},
    options::Options,
    secrets::Secrets,
    texts,
};
use crate::{
    attribute::{self, Attribution, HistoryPlace, ObjectHits, SecretHit},
    blob::Fresh,
    detect::{Carried, Detector, context::evidence::Evidence},
    finding::{Groups, Mark, Sighting},
    judge,
    location::{CommitInfo, Oid, Place, SourceKind},
    problem::{Problem, ProblemKind, Skip, Tally},
    rule::Confidence,
    source::{
        globs::PathFilter,
        history::{
            commit, git_index,
            object::{ObjectIx, ObjectKind},
            refs::{self, RefSelection, TipKind, Tips},
            repo::Repo,
            store::Store,
        },
    },
};

/// What scanning a history needs besides the repository.
pub struct Request<'r> {
    /// The user's wishes.
    pub options: &'r Options,
    /// All rules.
    pub detector: &'r Detector,
    /// Paths that count.
    pub filter: &'r PathFilter,
    /// The repository's name in places and problems: the target, or the path of a nested repository.
    pub target: &'r BString,
    /// Asked now and then.
    pub stop: &'r (dyn Fn() -> bool + Sync),
}

/// What was seen of a history; findings went to the groups.
#[derive(Debug, Default)]
pub struct Seen {
    /// Counts.
    pub tally: Tally,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// What `--ref` asked for and what there is.
    pub tips: Tips,
}

/// Scans the history of `repo`.
pub fn scan(repo: &Repo, request: &Request<'_>, secrets: &mut Secrets, groups: &mut Groups) -> Seen {
    let (store, problems) = Store::open(&repo.object_dirs, repo.oid_len);
    let mut seen = Seen { problems, ..Seen::default() };
    seen.problems.extend(repo.problems.iter().cloned());
    // Refs are read on one thread, which the order of the packs' deltas leaves free.
    let (tips, ()) = rayon::join(|| selected(repo, &store, request, &mut seen), || store.order());
    if !request.options.refs.is_empty() && tips.all.is_empty() {
        return seen;
    }
    let options = history::Options {
        full: request.options.full_scan,
        max_size: request.options.max_size as usize,
        marks: request.options.marks(),
    };
    let mut objects = history::scan(&store, request.detector, options, secrets, request.stop);
    seen.tally.add(&objects.tally);
    seen.problems.append(&mut objects.problems);
    let commits = mem::take(&mut objects.commits);
    let by_object = by_object(&objects.hits);
    let (index, problems) =
        if request.options.refs.is_empty() { git_index::all_objects(repo) } else { Default::default() };
    seen.problems.extend(problems);
    let attribution = attribute::attribute(
        &store,
        commits,
        &attribute::Request {
            tips: &tips.all,
            reflog: &tips.reflog,
            head: tips.head,
            shallow: &repo.shallow,
            index: &index,
            hits: &by_object,
            paths: &|path| request.filter.admits(path),
            all_objects: request.options.all_objects,
            max_tree: MAX_TREE,
        },
        request.stop,
    );
    seen.take(repo, &attribution);
    let marks = marks(&store, &objects, &attribution.places, tips.head);
    group(&store, request, secrets, &objects, marks, attribution, groups);
    seen
}

/// Trees above this many bytes are a problem.
const MAX_TREE: usize = 256 << 20;

struct Selected {
    all: Vec<Oid>,
    reflog: Vec<Oid>,
    head: Option<Oid>,
}

fn selected(repo: &Repo, store: &Store, request: &Request<'_>, seen: &mut Seen) -> Selected {
    let named = &request.options.refs;
    let selection = if named.is_empty() {
        RefSelection::All
    } else {
        RefSelection::Named(named.iter().map(|name| BString::from(name.as_str())).collect())
    };
    let mut found = refs::tips(repo, &selection, &|oid| store.find(oid.as_bytes()).is_some());
    seen.problems.append(&mut found.problems);
    if found.pruned > 0 {
        *seen.tally.skipped.entry(Skip::PrunedReflog).or_default() += found.pruned;
    }
    let (reflog, all): (Vec<_>, Vec<_>) = found.tips.iter().partition(|tip| tip.kind == TipKind::Reflog);
    let oids = |tips: Vec<&refs::Tip>| tips.into_iter().map(|tip| tip.oid).collect();
    // With `--ref`, HEAD tells what still stands there, and adds nothing.
    let head = match refs::head(repo) {
        Ok(head) => head.filter(|head| named.is_empty() || found.tips.iter().any(|tip| tip.oid == *head)),
        Err(problem) => {
            seen.problems.push(problem);
            None
        }
    };
    let selected = Selected { all: oids(all), reflog: oids(reflog), head };
    seen.tips = found;
    selected
}

fn by_object(hits: &[Hit]) -> Vec<ObjectHits> {
    hits.chunk_by(|a, b| a.object == b.object)
        .map(|own| ObjectHits {
            object: own[0].object,
            hits: own.iter().map(|hit| SecretHit { secret: hit.secret, position: hit.position }).collect(),
        })
        .collect()
}

impl Seen {
    fn take(&mut self, repo: &Repo, attribution: &Attribution) {
        self.problems.extend(attribution.problems.iter().cloned());
        if attribution.stopped {
            let (what, why) = ("attribution".to_owned(), "stopped: some places are without path and commit".to_owned());
            self.problems.push(Problem { kind: ProblemKind::Stopped, what, why });
        }
        self.tally.commits += attribution.commits;
        for (reason, count) in [(Skip::Excluded, attribution.excluded), (Skip::PrunedReflog, attribution.pruned_reflog)]
        {
            if count > 0 {
                *self.tally.skipped.entry(reason).or_default() += count;
            }
        }
        if !repo.shallow.is_empty() {
            self.problems.push(Problem {
                kind: ProblemKind::Shallow,
                what: "history".to_owned(),
                why: format!("shallow clone: history before {} commits is not here", repo.shallow.len()),
            });
        }
    }
}

fn group(
    store: &Store,
    request: &Request<'_>,
    secrets: &Secrets,
    Objects { hits, evidence, .. }: &Objects,
    mut marks: FxHashMap<usize, Mark>,
    attribution: Attribution,
    groups: &mut Groups,
) {
    let verdicts: Vec<_> = attribution
        .places
        .par_iter()
        .map(|place| verdict(request.detector, secrets, hit_of(hits, place), evidence, place))
        .collect();
    let infos = commit_infos(store, &attribution.places);
    let excerpts = excerpts(store, request, &attribution.places);
    let mut listed = vec![0u64; attribution.totals.len()];
    for (number, place) in attribution.places.into_iter().enumerate() {
        listed[place.secret as usize] += 1;
        let (Some(confidence), grounds) = verdicts[number].clone() else { continue };
        if confidence < request.options.min_confidence && judge::stands_for_itself(grounds.as_deref()) {
            groups.add_unlisted(place.secret, confidence);
            continue;
        }
        let commit = |object: Option<ObjectIx>| object.and_then(|object| infos.get(&object).cloned());
        groups.add(Sighting {
            secret: place.secret,
            confidence,
            grounds,
            excerpt: excerpts.get(&number).cloned(),
            mark: marks.remove(&number),
            place: Place {
                source: place.source,
                target: request.target.clone(),
                path: place.path,
                position: place.position,
                blob: Some(store.oid(place.object)),
                commit: commit(place.first),
                last_commit: commit(place.last),
                tag: (place.source == SourceKind::TagMessage)
                    .then(|| attribute::tag_info(store, place.object))
                    .flatten(),
                head_line: place.head_line,
            },
        });
    }
    for (secret, total) in attribution.totals.iter().enumerate() {
        let more = total.saturating_sub(listed[secret]);
        if more > 0 {
            groups.count_more(secret as u32, more);
        }
    }
}

/// Marks beside places, by the place's number: in the version that brought it, and in HEAD's, which speaks for the past of a file.
fn marks(store: &Store, objects: &Objects, places: &[HistoryPlace], head: Option<Oid>) -> FxHashMap<usize, Mark> {
    let marked: FxHashSet<u32> = objects.hits.iter().filter(|hit| hit.mark.is_some()).map(|hit| hit.secret).collect();
    if marked.is_empty() {
        return FxHashMap::default();
    }
    let mut head = Head::new(store, head);
    let mut mark = |place: &HistoryPlace| {
        let object = match (&place.path, place.head_line) {
            (Some(path), Some(_)) => head.blob(path.as_bstr())?,
            _ => place.object,
        };
        let hit = hit_in(&objects.hits, object, place.secret)?;
        hit.mark.map(|number| objects.marks.get(number).clone())
    };
    let places = places.iter().enumerate().filter(|(_, place)| marked.contains(&place.secret));
    places.filter_map(|(number, place)| Some((number, mark(place)?))).collect()
}

/// The hit in the version that a place names.
fn hit_of<'h>(hits: &'h [Hit], place: &HistoryPlace) -> Option<&'h Hit> {
    hit_in(hits, place.object, place.secret)
}

fn hit_in(hits: &[Hit], object: ObjectIx, secret: u32) -> Option<&Hit> {
    let key = (object, secret);
    let found = hits.binary_search_by_key(&key, |hit| (hit.object, hit.secret)).ok()?;
    Some(&hits[found])
}

fn verdict(
    detector: &Detector,
    secrets: &Secrets,
    hit: Option<&Hit>,
    evidence: &Evidences,
    place: &HistoryPlace,
) -> (Option<Confidence>, Option<Arc<Evidence>>) {
    let record = &secrets.records()[place.secret as usize];
    let rule = detector.rules().get(hit.map_or(record.rule, |hit| hit.rule));
    let grounds = hit.and_then(|hit| hit.evidence).map(|number| Arc::clone(evidence.get(number)));
    let path = place.path.as_ref().map(|path| path.as_slice());
    (judge::confidence(rule, record.secret.expose(), grounds.as_deref(), path), grounds)
}

fn commit_infos(store: &Store, places: &[HistoryPlace]) -> FxHashMap<ObjectIx, CommitInfo> {
    let wanted: FxHashSet<ObjectIx> = places.iter().flat_map(|place| [place.first, place.last]).flatten().collect();
    wanted.into_par_iter().filter_map(|commit| Some((commit, attribute::commit_info(store, commit).ok()?))).collect()
}

/// For the first place of each secret, by the place's number: the line there.
fn excerpts(store: &Store, request: &Request<'_>, places: &[HistoryPlace]) -> FxHashMap<usize, String> {
    let mut firsts: Vec<(usize, &HistoryPlace)> = vec![];
    for (number, place) in places.iter().enumerate() {
        if number == 0 || places[number - 1].secret != place.secret {
            firsts.push((number, place));
        }
    }
    let limit = request.options.max_size as usize;
    firsts.sort_by_key(|(_, place)| place.object);
    // An object is read once, however many secrets it holds.
    let read = |places: &[(usize, &HistoryPlace)]| {
        let Ok((kind, bytes)) = store.read(places[0].1.object, limit) else { return vec![] };
        let text = if kind == ObjectKind::Blob { &bytes } else { commit::message(&bytes) };
        let mut found = request.detector.scan(text, Fresh::All, &Carried::default());
        let path = places[0].1.path.as_ref().map(|path| path.as_slice());
        let text = &found.text;
        found.matches.retain(|hit| {
            let secret = &text[hit.position.offset as usize..hit.position.end as usize];
            let rule = request.detector.rules().get(hit.rule);
            places.iter().any(|(_, place)| place.position == hit.position)
                || judge::confidence(rule, secret, hit.evidence.as_deref(), path).is_some()
        });
        let spans = texts::spans(request.detector, &found.text, &found.matches);
        let excerpt = |place: &HistoryPlace| texts::excerpt(&found.text, place.position, &spans);
        places.iter().map(|(number, place)| (*number, excerpt(place))).collect::<Vec<_>>()
    };
    let by_object: Vec<_> = firsts.chunk_by(|(_, a), (_, b)| a.object == b.object).collect();
    by_object.into_par_iter().flat_map_iter(read).collect()
}
