//! The learned weights, read once from `rules/judge.weights`, which `tools/judge/train.py` writes.

use std::sync::OnceLock;

use super::{
    Syntax,
    evidence::{self, Evidence, Piece},
    forest::{Forest, ONE, WeightsError},
};
use crate::rule::Confidence;

static TEXT: &str = include_str!("../../../rules/judge.weights");

/// Two models, and where they draw lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weights {
    /// Names of the evidence, in the order in which the models know it; that of the bytes first.
    pub names: Vec<String>,
    /// Over the evidence of the bytes alone: what is below `gate_least` is dropped, whatever its path may be.
    pub gate: Forest,
    /// Over the evidence of bytes and place.
    pub judge: Forest,
    /// The judge's best answer over all places.
    pub anywhere: Forest,
    /// Least score to pass the gate, in units of [`ONE`].
    pub gate_least: i64,
    /// Least score for low confidence of a password in a URL, whose form leaves no doubt what it is.
    pub low_url: i64,
    /// Least scores for low, medium and high confidence, in units of [`ONE`].
    pub least: [i64; 3],
    /// Least score for more than low confidence in a test, an example or documentation: random values stand there in numbers, and
    /// nobody wants to read them.
    pub aside: i64,
}

impl Weights {
    /// The weights of this program.
    pub fn embedded() -> &'static Self {
        static WEIGHTS: OnceLock<Weights> = OnceLock::new();
        WEIGHTS.get_or_init(|| Self::parse(TEXT).expect("a test reads the file"))
    }

    /// Whether there may be a place in which a candidate with this evidence of its bytes is of the confidence `asked`.
    pub fn may_pass(&self, evidence: &Evidence, asked: Confidence) -> bool {
        let least = match asked {
            Confidence::Low => self.least_low(evidence),
            Confidence::Medium => self.least[1],
            Confidence::High => self.least[2],
        };
        self.gate.reaches(self.gate_least, evidence.values()) && self.anywhere.reaches(least, evidence.values())
    }

    /// Least score for low confidence.
    pub fn least_low(&self, evidence: &Evidence) -> i64 {
        let low = self.least[0];
        if evidence.get(Piece::Syntax) == Syntax::Url as i16 { low.min(self.low_url) } else { low }
    }

    /// Reads weights. An error tells what is wrong with them.
    pub fn parse(text: &str) -> Result<Self, WeightsError> {
        let mut weights = Self::default();
        let number = |word: &str| {
            word.parse::<f64>().map(|number| (number * ONE as f64) as i64).map_err(|_| WeightsError(word.into()))
        };
        for line in text.lines() {
            let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
            match head {
                "" | "#" => {}
                "evidence" => weights.names = rest.split(' ').map(str::to_owned).collect(),
                "gate-least" => weights.gate_least = number(rest)?,
                "low-url" => weights.low_url = number(rest)?,
                "low" => weights.least[0] = number(rest)?,
                "medium" => weights.least[1] = number(rest)?,
                "high" => weights.least[2] = number(rest)?,
                "aside" => weights.aside = number(rest)?,
                "gate" => weights.gate.add_tree(rest)?,
                "judge" => weights.judge.add_tree(rest)?,
                _ => return Err(WeightsError(format!("no line begins with `{head}`"))),
            }
        }
        let known = weights.names.iter().zip(evidence::PIECES).all(|(name, (piece, _))| name == piece);
        if !known || weights.gate.last_piece() >= evidence::COUNT || weights.judge.last_piece() >= weights.names.len() {
            return Err(WeightsError("made for other evidence".into()));
        }
        weights.anywhere = weights.judge.best(evidence::COUNT);
        Ok(weights)
    }
}
