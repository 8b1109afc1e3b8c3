//! Looking up an id in a sorted table. Ids are uniform, so their bytes say where in the table they stand.

/// Probes before giving up on uniformity: a table made by hand must not turn a look-up into a walk.
const GUESSES: u32 = 8;

/// Position of `id` among the `ids` from `low` to before `high`, which are sorted. `at(i)` is the id at `i`.
pub fn position<'t>(mut low: usize, mut high: usize, id: &[u8], at: impl Fn(usize) -> &'t [u8]) -> Option<usize> {
    let wanted = leading(id);
    let mut floor = 0u64;
    let mut ceiling = u64::MAX;
    let mut guesses = 0;
    while low < high {
        let span = high - low;
        let probe = if guesses < GUESSES && ceiling > floor && span > 2 {
            guesses += 1;
            let part = u128::from(wanted.saturating_sub(floor)) * span as u128 / (u128::from(ceiling - floor) + 1);
            low + (part as usize).min(span - 1)
        } else {
            low + span / 2
        };
        let found = at(probe);
        // Nearly always decided by the first bytes.
        let order = leading(found).cmp(&wanted).then_with(|| found.cmp(id));
        match order {
            std::cmp::Ordering::Equal => return Some(probe),
            std::cmp::Ordering::Less => {
                low = probe + 1;
                floor = leading(found);
            }
            std::cmp::Ordering::Greater => {
                high = probe;
                ceiling = leading(found);
            }
        }
    }
    None
}

/// The first eight bytes as a number.
pub fn leading(id: &[u8]) -> u64 {
    id.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
