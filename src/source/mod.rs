//! Sources: where bytes come from. Each yields blobs; none knows what is looked for.

pub mod history;
