//! Every object once, in delta order: a base is decoded, visited while it is hot in cache, then its children are built from it.

use super::{object::ObjectIx, object::ObjectKind, store::Store};
use crate::{blob::Fresh, problem::Problem};

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

/// Visits every object of the asked kinds, on rayon's pool. `stop` is asked now and then; once it says true the walk ends early.
pub fn walk<V: Visit>(
    store: &Store,
    options: Options,
    visit: &V,
    stop: &(dyn Fn() -> bool + Sync),
) -> (Vec<V::Collected>, Vec<Problem>) {
    let _ = (store, options, visit, stop);
    todo!()
}
