//! The pipeline: sources, detection, grouping, attribution, judgement, report.

pub mod history;
pub mod secrets;
