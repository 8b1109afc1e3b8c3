//! Every object once, in delta order: a base is decoded, visited while it is hot in cache, then its children are built from it.

use std::{ops::Range, sync::Mutex};

use super::{
    descend::Descent,
    family::Start,
    object::{ObjectIx, ObjectKind},
    pack::Pack,
    queue::Queue,
    store::{ReadError, Source, Store},
};
use crate::{
    blob::Fresh,
    problem::{Problem, ProblemKind},
};

/// What is done with each object of a walk.
pub trait Visit: Sync {
    /// What an object's visit leaves for the visits of the objects that are deltas of it.
    type Carried: Clone + Send + Sync + Default;
    /// What one task collects. A walk returns all of them.
    type Collected: Send + Default;

    /// Looks at one object. `fresh` says which bytes are new against the base, whose leavings are `base`. Where the object has
    /// no base (or was too big to keep), `fresh` is `All` and `base` empty.
    fn visit(
        &self,
        collected: &mut Self::Collected,
        object: ObjectIx,
        kind: ObjectKind,
        bytes: &[u8],
        fresh: Fresh<'_>,
        base: &Self::Carried,
    ) -> Self::Carried;

    /// Called instead of `visit` for an object above the walk's size limit.
    fn too_big(&self, collected: &mut Self::Collected, object: ObjectIx, kind: ObjectKind, size: u64);
}

/// What to walk.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Kinds of object to visit.
    pub blobs: bool,
    /// Trees.
    pub trees: bool,
    /// Commits and tags.
    pub commits_and_tags: bool,
    /// Objects above this many bytes are not visited.
    pub max_size: usize,
}

impl Options {
    /// Whether objects of a kind are asked for.
    pub(super) fn wants(&self, kind: ObjectKind) -> bool {
        match kind {
            ObjectKind::Blob => self.blobs,
            ObjectKind::Tree => self.trees,
            ObjectKind::Commit | ObjectKind::Tag => self.commits_and_tags,
        }
    }
}

/// Families of about this many rebuilt bytes are a task by themselves; smaller ones share one.
const TASK_BYTES: u64 = 4 << 20;
/// Loose objects of one task.
const TASK_LOOSE: usize = 256;

/// Part of the work. Tasks are the same whatever the number of threads, and what they collect is returned in their order.
enum Task {
    /// Families of packs: a range of the list of roots.
    Families(Range<usize>),
    /// Objects of a pack that hang from nothing.
    Lost(usize),
    /// Some loose objects of a source.
    Loose(usize, Range<usize>),
    /// The checks of a pack that take long.
    Check(usize),
}

/// Visits every object of the asked kinds, on rayon's pool. `stop` is asked now and then; once it says true the walk ends early.
pub fn walk<V: Visit>(
    store: &Store,
    options: Options,
    visit: &V,
    stop: &(dyn Fn() -> bool + Sync),
) -> (Vec<V::Collected>, Vec<Problem>) {
    let (roots, tasks) = plan(store, options);
    let queue = Queue::new(tasks.len());
    let done = Mutex::new(Vec::with_capacity(tasks.len()));
    let work = || {
        let mut descent = Descent::new(store, options, visit, &queue);
        let mut own = Vec::new();
        while let Some(mut job) = queue.take() {
            if stop() {
                queue.stop();
                break;
            }
            descent.begin(job.number);
            match (job.part.take(), &tasks[job.number.0]) {
                (Some(part), _) => descent.part(part, stop),
                (None, Task::Families(range)) => {
                    for (source, root) in &roots[range.clone()] {
                        descent.family(*source as usize, *root as usize, stop);
                    }
                }
                (None, Task::Lost(source)) => descent.lost(*source),
                (None, Task::Loose(source, range)) => descent.loose(*source, range.clone()),
                (None, Task::Check(source)) => descent.check(*source),
            }
            own.push((job.number, descent.finish()));
        }
        done.lock().expect("no thread panics while it holds this").extend(own);
    };
    // Not a broadcast: a thread that is busy with something else is not waited for.
    rayon::scope(|scope| (0..rayon::current_num_threads()).for_each(|_| scope.spawn(|_| work())));
    let mut done = done.into_inner().expect("no thread panics while it holds this");
    done.sort_unstable_by_key(|(number, _)| *number);
    let mut problems = Vec::new();
    let mut collected = Vec::with_capacity(done.len());
    for (_, (part, found)) in done {
        collected.push(part);
        problems.extend(found);
    }
    problems.extend(store.sources.iter().filter_map(|source| match source {
        Source::Pack(pack) => pack.check_length(),
        Source::Loose(_) => None,
    }));
    (collected, problems)
}

/// The roots to begin at, as source and place in its list of roots, and the tasks over them: the largest families first, then
/// the small ones as they lie in the pack.
fn plan(store: &Store, options: Options) -> (Vec<(u32, u32)>, Vec<Task>) {
    let mut large = Vec::new();
    let mut small = Vec::new();
    let mut others = Vec::new();
    for (source, objects) in store.sources.iter().enumerate() {
        match objects {
            Source::Pack(pack) => {
                let family = pack.family();
                for (at, root) in family.roots.iter().enumerate() {
                    if !root_is_wanted(store, pack, root.node, root.start, options) {
                        continue;
                    }
                    let entry = (root.weight, source as u32, at as u32);
                    if root.weight >= TASK_BYTES { large.push(entry) } else { small.push(entry) }
                }
                if !family.lost.is_empty() {
                    others.push(Task::Lost(source));
                }
                others.push(Task::Check(source));
            }
            Source::Loose(loose) => {
                let starts = (0..loose.count()).step_by(TASK_LOOSE);
                others.extend(starts.map(|at| Task::Loose(source, at..loose.count().min(at + TASK_LOOSE))));
            }
        }
    }
    large.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));

    let mut tasks: Vec<Task> = (0..large.len()).map(|at| Task::Families(at..at + 1)).collect();
    tasks.append(&mut others);
    let mut begin = large.len();
    let mut weight = 0;
    for (at, root) in (large.len()..).zip(&small) {
        weight += root.0;
        if weight >= TASK_BYTES {
            tasks.push(Task::Families(begin..at + 1));
            (begin, weight) = (at + 1, 0);
        }
    }
    let roots: Vec<(u32, u32)> = large.into_iter().chain(small).map(|(_, source, at)| (source, at)).collect();
    if begin < roots.len() {
        tasks.push(Task::Families(begin..roots.len()));
    }
    (roots, tasks)
}

/// Whether a family has a kind that is asked for. One whose kind cannot be told is looked at, so that its problem is told.
fn root_is_wanted(store: &Store, pack: &Pack, node: u32, start: Start, options: Options) -> bool {
    match start {
        Start::Whole(kind) => options.wants(kind),
        Start::Broken(_) => true,
        Start::Elsewhere => {
            let (offset, _) = pack.family().span(node);
            let base = pack.entry(offset).ok().and_then(|entry| store.find(pack.base_id(offset, &entry)));
            base.and_then(|base| store.kind(base).ok()).is_none_or(|kind| options.wants(kind))
        }
    }
}

/// A problem with one object.
pub(super) fn object_problem(store: &Store, object: ObjectIx, error: &ReadError) -> Problem {
    let kind = match error {
        ReadError::Absent => ProblemKind::Absent,
        ReadError::TooBig(_) | ReadError::Corrupt(_) => ProblemKind::Corrupt,
    };
    Problem { kind, what: format!("object {}", store.oid(object)), why: error.to_string() }
}
