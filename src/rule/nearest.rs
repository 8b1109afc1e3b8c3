//! "Did you mean": the known names nearest to a mistyped one.

/// The names of `known` that a slip of the finger away from `name` would give, nearest first, at most three.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let allowed = 1 + name.len() / 4;
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|word| word.len().abs_diff(name.len()) <= allowed.max(name.len() / 2))
        .map(|word| {
            let contained = name.len() >= 4 && (word.contains(name) || name.contains(word) && word.len() >= 4);
            (if contained { allowed } else { distance(name, word) }, word)
        })
        .filter(|(steps, _)| *steps <= allowed)
        .collect();
    near.sort_unstable();
    near.dedup();
    // One letter off beats what is three letters off.
    let least = near.first().map_or(0, |(steps, _)| *steps);
    near.retain(|(steps, _)| *steps <= least + least / 2);
    near.into_iter().map(|(_, word)| word).take(3).collect()
}

/// The names as the end of a sentence: "; did you mean `a` or `b`?", or nothing.
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near: Vec<String> = nearest(name, known).into_iter().map(|word| format!("`{word}`")).collect();
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

/// Letters to change, insert, drop or swap with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = usize::from(a[i - 1] != b[j - 1]);
                let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(rows[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_name_that_was_meant() {
        let known = ["pattern", "parts", "part_only", "near", "name"];
        assert_eq!(nearest("patern", known), ["pattern"]);
        assert_eq!(nearest("aprts", known), ["parts"]);
        assert_eq!(hint("zzz", known), "");
    }
}
