//! Trees of decisions over evidence, with leaf values in whole numbers: the same score on every machine.

/// One is so much in a leaf's value: scores are log-odds in units of 1/2^24.
pub const ONE: i64 = 1 << 24;
/// One is so much in the mean of a branch, which only explains.
const MEAN_ONE: i64 = 1 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    /// Evidence up to `most` goes to the next node, above it to `above`. `mean` is the value that is expected here.
    Branch {
        piece: u8,
        most: i16,
        above: u32,
        mean: i32,
    },
    Leaf(i32),
}

/// A sum of trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forest {
    nodes: Vec<Node>,
    roots: Vec<u32>,
}

/// What is wrong with a line of weights.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("weights: {0}")]
pub struct WeightsError(pub String);

impl Forest {
    /// Adds a tree: its nodes in preorder, `piece:most:mean` for a branch, a number for a leaf.
    pub fn add_tree(&mut self, line: &str) -> Result<(), WeightsError> {
        self.roots.push(self.nodes.len() as u32);
        let mut words = line.split_ascii_whitespace();
        self.add_node(&mut words)?;
        words.next().map_or(Ok(()), |word| Err(WeightsError(format!("`{word}` behind a whole tree"))))
    }

    fn add_node<'l>(&mut self, words: &mut impl Iterator<Item = &'l str>) -> Result<(), WeightsError> {
        let word = words.next().ok_or_else(|| WeightsError("a tree ends too early".into()))?;
        let bad = || WeightsError(format!("`{word}` is no node"));
        let Some((piece, rest)) = word.split_once(':') else {
            self.nodes.push(Node::Leaf(word.parse().map_err(|_| bad())?));
            return Ok(());
        };
        let (most, mean) = rest.split_once(':').ok_or_else(bad)?;
        let piece = piece.parse().map_err(|_| bad())?;
        let (most, mean) = (most.parse().map_err(|_| bad())?, mean.parse().map_err(|_| bad())?);
        let at = self.nodes.len();
        self.nodes.push(Node::Leaf(0));
        self.add_node(words)?;
        let above = self.nodes.len() as u32;
        self.add_node(words)?;
        self.nodes[at] = Node::Branch { piece, most, above, mean };
        Ok(())
    }

    /// Greatest index of evidence that a branch asks for.
    pub fn last_piece(&self) -> usize {
        let piece = |node: &Node| match node {
            Node::Branch { piece, .. } => usize::from(*piece),
            Node::Leaf(_) => 0,
        };
        self.nodes.iter().map(piece).max().unwrap_or(0)
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.roots.len()
    }

    /// The score of some evidence, in units of [`ONE`].
    pub fn score(&self, evidence: &[i16]) -> i64 {
        self.roots.iter().map(|root| i64::from(self.walk(*root, evidence, |_, _, _| {}))).sum()
    }

    /// The greatest score that is possible where only the first pieces are known: never less than the true one.
    pub fn most(&self, known: &[i16]) -> i64 {
        self.roots.iter().map(|root| i64::from(self.most_from(*root as usize, known))).sum()
    }

    fn most_from(&self, mut at: usize, known: &[i16]) -> i32 {
        loop {
            let (piece, most, above) = match self.nodes[at] {
                Node::Leaf(value) => return value,
                Node::Branch { piece, most, above, .. } => (piece, most, above as usize),
            };
            at = match known.get(usize::from(piece)) {
                Some(value) if *value <= most => at + 1,
                Some(_) => above,
                None => return self.most_from(at + 1, known).max(self.most_from(above, known)),
            };
        }
    }

    /// How far each piece moved the score, in units of [`ONE`]: from branch to branch the expected value changes, and the piece
    /// that was asked is what changed it.
    pub fn pushes(&self, evidence: &[i16]) -> Vec<i64> {
        let mut pushes = vec![0; evidence.len()];
        for root in &self.roots {
            self.walk(*root, evidence, |piece, from, to| pushes[piece] += to - from);
        }
        pushes
    }

    fn walk(&self, root: u32, evidence: &[i16], mut asked: impl FnMut(usize, i64, i64)) -> i32 {
        let mut at = root as usize;
        loop {
            match self.nodes[at] {
                Node::Leaf(value) => return value,
                Node::Branch { piece, most, above, .. } => {
                    let next = if evidence[usize::from(piece)] <= most { at + 1 } else { above as usize };
                    asked(usize::from(piece), self.expected(at), self.expected(next));
                    at = next;
                }
            }
        }
    }

    fn expected(&self, at: usize) -> i64 {
        match self.nodes[at] {
            Node::Leaf(value) => i64::from(value),
            Node::Branch { mean, .. } => i64::from(mean) * (ONE / MEAN_ONE),
        }
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
        assert_eq!(forest().most(&[3]), 0);
        assert_eq!(forest().most(&[4]), ONE);
        assert_eq!(forest().most(&[]), ONE);
        assert_eq!(forest().most(&[4, 0]), ONE / 2);
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
