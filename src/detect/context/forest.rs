//! Trees of decisions over evidence, with leaf values in whole numbers: the same score on every machine.

/// One is so much in a leaf's value: scores are log-odds in units of 1/2^24.
pub const ONE: i64 = 1 << 24;
/// One is so much in the mean of a branch, which only explains.
const MEAN_ONE: i64 = 1 << 10;

/// A step of the way through a tree: eight bytes, since thousands of them decide about each candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    /// Of a leaf its value; of a branch where evidence above `most` goes on. Up to `most` it is the next step.
    to: i32,
    most: i16,
    /// The piece of evidence that a branch asks for, [`LEAF`] for none.
    piece: u8,
}

const LEAF: u8 = u8::MAX;

/// A sum of trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forest {
    steps: Vec<Step>,
    /// The value that is expected at each step, which only explains.
    expected: Vec<i64>,
    roots: Vec<u32>,
    /// For each tree, the greatest sum that it and all behind it can give.
    greatest: Vec<i64>,
}

/// What is wrong with a line of weights.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("weights: {0}")]
pub struct WeightsError(pub String);

impl Forest {
    /// Adds a tree: its nodes in preorder, `piece:most:mean` for a branch, a number for a leaf.
    pub fn add_tree(&mut self, line: &str) -> Result<(), WeightsError> {
        self.roots.push(self.steps.len() as u32);
        let mut words = line.split_ascii_whitespace();
        let greatest = self.add_node(&mut words)?;
        self.told(greatest);
        words.next().map_or(Ok(()), |word| Err(WeightsError(format!("`{word}` behind a whole tree"))))
    }

    /// A tree was added that gives at most this.
    fn told(&mut self, most: i64) {
        self.greatest.iter_mut().for_each(|sum| *sum += most);
        self.greatest.push(most);
    }

    /// Adds a node and all below it, and returns the greatest value among its leaves.
    fn add_node<'l>(&mut self, words: &mut impl Iterator<Item = &'l str>) -> Result<i64, WeightsError> {
        let word = words.next().ok_or_else(|| WeightsError("a tree ends too early".into()))?;
        let bad = || WeightsError(format!("`{word}` is no node"));
        let Some((piece, rest)) = word.split_once(':') else {
            let value = word.parse().map_err(|_| bad())?;
            self.push(Step { to: value, most: 0, piece: LEAF }, i64::from(value));
            return Ok(i64::from(value));
        };
        let (most, mean) = rest.split_once(':').ok_or_else(bad)?;
        let piece = piece.parse().ok().filter(|piece| *piece != LEAF).ok_or_else(bad)?;
        let (most, mean): (i16, i64) = (most.parse().map_err(|_| bad())?, mean.parse().map_err(|_| bad())?);
        let at = self.push(Step { to: 0, most, piece }, mean * (ONE / MEAN_ONE));
        let below = self.add_node(words)?;
        self.steps[at].to = self.steps.len() as i32;
        let above = self.add_node(words)?;
        Ok(below.max(above))
    }

    fn push(&mut self, step: Step, expected: i64) -> usize {
        self.steps.push(step);
        self.expected.push(expected);
        self.steps.len() - 1
    }

    /// Greatest index of evidence that a branch asks for.
    pub fn last_piece(&self) -> usize {
        let branches = self.steps.iter().filter(|step| step.piece != LEAF);
        branches.map(|step| usize::from(step.piece)).max().unwrap_or(0)
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.roots.len()
    }

    /// The score of some evidence, in units of [`ONE`].
    pub fn score(&self, evidence: &[i16]) -> i64 {
        self.roots.iter().map(|root| self.leaf(*root, evidence)).sum()
    }

    /// Whether the score of some evidence is at least this. Stops where the trees that are left cannot change the answer.
    pub fn reaches(&self, least: i64, evidence: &[i16]) -> bool {
        let mut score = 0;
        for (root, greatest) in self.roots.iter().zip(&self.greatest) {
            if score + greatest < least {
                return false;
            }
            score += self.leaf(*root, evidence);
        }
        score >= least
    }

    fn leaf(&self, root: u32, evidence: &[i16]) -> i64 {
        let mut at = root as usize;
        loop {
            let step = self.steps[at];
            if step.piece == LEAF {
                return i64::from(step.to);
            }
            at = if evidence[usize::from(step.piece)] <= step.most { at + 1 } else { step.to as usize };
        }
    }

    /// How far each piece moved the score, in units of [`ONE`]: from branch to branch the expected value changes, and the piece
    /// that was asked is what changed it.
    pub fn pushes(&self, evidence: &[i16]) -> Vec<i64> {
        let mut pushes = vec![0; evidence.len()];
        for root in &self.roots {
            let mut at = *root as usize;
            while self.steps[at].piece != LEAF {
                let step = self.steps[at];
                let piece = usize::from(step.piece);
                let next = if evidence[piece] <= step.most { at + 1 } else { step.to as usize };
                pushes[piece] += self.expected[next] - self.expected[at];
                at = next;
            }
        }
        pushes
    }

    /// The forest that gives the greatest score possible where only the first `known` pieces are known, and asks for no others.
    pub fn best(&self, known: usize) -> Self {
        let mut best = Self::default();
        for root in &self.roots {
            let tree = self.best_from(*root as usize, known, &mut Bounds::new());
            best.roots.push(best.steps.len() as u32);
            let most = best.add(&tree);
            best.told(most);
        }
        best
    }

    fn best_from(&self, at: usize, known: usize, bounds: &mut Bounds) -> Tree {
        let Step { to, most, piece } = self.steps[at];
        let sides = [at + 1, to as usize];
        if piece == LEAF {
            Tree::Leaf(to)
        } else if usize::from(piece) < known {
            bounds.part(piece, most, |side, bounds| self.best_from(sides[side], known, bounds))
        } else {
            let [below, above] = sides.map(|side| self.best_from(side, known, bounds));
            below.or_better(&above, bounds)
        }
    }

    /// Adds a tree's steps, and returns the greatest value among its leaves.
    fn add(&mut self, tree: &Tree) -> i64 {
        match tree {
            Tree::Leaf(value) => {
                self.push(Step { to: *value, most: 0, piece: LEAF }, 0);
                i64::from(*value)
            }
            Tree::Branch(piece, most, sides) => {
                let at = self.push(Step { to: 0, most: *most, piece: *piece }, 0);
                let below = self.add(&sides[0]);
                self.steps[at].to = self.steps.len() as i32;
                below.max(self.add(&sides[1]))
            }
        }
    }
}

/// A tree that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tree {
    Leaf(i32),
    Branch(u8, i16, Box<[Tree; 2]>),
}

impl Tree {
    /// The tree that gives the greater value of two, within `bounds`.
    fn or_better(&self, other: &Self, bounds: &mut Bounds) -> Self {
        match (self, other) {
            (Self::Leaf(one), Self::Leaf(two)) => Self::Leaf(*one.max(two)),
            (Self::Leaf(_), Self::Branch(..)) => other.or_better(self, bounds),
            (Self::Branch(piece, most, sides), _) => {
                bounds.part(*piece, *most, |side, bounds| sides[side].or_better(other, bounds))
            }
        }
    }
}

/// Which values each piece may still have, least and most, on the way to a node.
struct Bounds([(i16, i16); 256]);

impl Bounds {
    fn new() -> Self {
        Self([(i16::MIN, i16::MAX); 256])
    }

    /// The tree that parts a piece at `most`, of what `side` makes of its two sides; one side alone where the other cannot be.
    fn part(&mut self, piece: u8, most: i16, mut side: impl FnMut(usize, &mut Self) -> Tree) -> Tree {
        let ix = usize::from(piece);
        let (from, to) = self.0[ix];
        if to <= most {
            return side(0, self);
        }
        if from > most {
            return side(1, self);
        }
        self.0[ix] = (from, most);
        let below = side(0, self);
        // `to` is greater, so there is a next one.
        self.0[ix] = (most + 1, to);
        let above = side(1, self);
        self.0[ix] = (from, to);
        if below == above { below } else { Tree::Branch(piece, most, Box::new([below, above])) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forest() -> Forest {
        let mut forest = Forest::default();
        // Means: 0.5 at the root, 0.75 above.
        forest.add_tree("0:3:512 0 1:-1:768 16777216 8388608").expect("a tree");
        forest
    }

    #[test]
    fn a_score_is_the_sum_of_the_leaves_reached() {
        assert_eq!(forest().score(&[3, 0]), 0);
        assert_eq!(forest().score(&[4, -1]), ONE);
        assert_eq!(forest().score(&[4, 0]), ONE / 2);
    }

    #[test]
    fn what_is_not_known_yet_counts_as_the_best_that_it_can_be() {
        assert_eq!(forest().best(1).score(&[3]), 0);
        assert_eq!(forest().best(1).score(&[4]), ONE);
        assert_eq!(forest().best(0).score(&[]), ONE);
        assert_eq!(forest().best(2).score(&[4, 0]), ONE / 2);
    }

    #[test]
    fn the_best_of_the_embedded_weights_is_the_greatest_score_over_all_that_is_not_known() {
        let judge = &crate::detect::context::Weights::embedded().judge;
        let mut random = fastrand::Rng::with_seed(7);
        let known = crate::detect::context::evidence::COUNT;
        let best = judge.best(known);
        assert!(best.last_piece() < known);
        for _ in 0..200 {
            let mut evidence: Vec<i16> = (0..=judge.last_piece()).map(|_| random.i16(0..40)).collect();
            let most = best.score(&evidence[..known]);
            for _ in 0..20 {
                evidence[known..].iter_mut().for_each(|piece| *piece = random.i16(0..4));
                assert!(judge.score(&evidence) <= most);
            }
        }
    }

    #[test]
    fn whether_a_score_is_reached_is_what_the_score_says() {
        let judge = &crate::detect::context::Weights::embedded().judge;
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..200 {
            let evidence: Vec<i16> = (0..=judge.last_piece()).map(|_| random.i16(0..40)).collect();
            let score = judge.score(&evidence);
            for least in [score - 1, score, score + 1, 0] {
                assert_eq!(judge.reaches(least, &evidence), score >= least);
            }
        }
    }

    #[test]
    fn pushes_add_up_from_the_mean_to_the_score() {
        let pushes = forest().pushes(&[4, -1]);
        assert_eq!(pushes, [ONE / 4, ONE / 4]);
    }

    #[test]
    fn broken_trees_are_told() {
        for line in ["", "0:3:5 1", "1 2", "0:3 1 1", "x"] {
            assert!(Forest::default().add_tree(line).is_err(), "{line}");
        }
    }
}
