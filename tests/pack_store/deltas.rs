//! Deltas against a naive model.

use keysweep::{
    blob::Copied,
    source::history::{
        delta::{self, SLACK, Sizes},
        entry::Entry,
        pack_index::Layout,
    },
};
use proptest::prelude::*;

use crate::pack_builder::{Op, delta as encode};

/// What the instructions make, and the copied ranges before joining.
fn model(base: &[u8], ops: &[Op]) -> (Vec<u8>, Vec<Copied>) {
    let mut made = Vec::new();
    let mut copied = Vec::new();
    for op in ops {
        match op {
            Op::Copy(from, len) => {
                copied.push(Copied { at: made.len(), from: *from, len: *len });
                made.extend_from_slice(&base[*from..*from + *len]);
            }
            Op::Insert(bytes) => made.extend_from_slice(bytes),
        }
    }
    (made, copied)
}

fn apply(base: &[u8], delta: &[u8]) -> Result<(Vec<u8>, Vec<Copied>), &'static str> {
    let sizes = Sizes::parse(delta)?;
    let fits = delta::makes(delta, sizes);
    // As the walk does: nothing is allocated for a size that the instructions do not make.
    if !fits {
        return Err("does not fit");
    }
    let mut out = vec![0xaa; sizes.object as usize + SLACK];
    let mut copied = vec![Copied { at: 9, from: 9, len: 9 }];
    delta::apply(base, delta, sizes, &mut out, &mut copied)?;
    out.truncate(sizes.object as usize);
    Ok((out, copied))
}

fn op(base_len: usize) -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..base_len, 1..=base_len).prop_map(move |(from, len)| Op::Copy(from, len.min(base_len - from))),
        proptest::collection::vec(any::<u8>(), 1..300).prop_map(Op::Insert),
    ]
}

fn base_and_ops() -> impl Strategy<Value = (Vec<u8>, Vec<Op>)> {
    prop_oneof![proptest::collection::vec(any::<u8>(), 1..200), proptest::collection::vec(any::<u8>(), 70_000..70_001)]
        .prop_flat_map(|base| {
            let ops = proptest::collection::vec(op(base.len()), 0..12);
            (Just(base), ops)
        })
}

proptest! {
    #[test]
    fn a_delta_makes_what_the_model_makes((base, ops) in base_and_ops()) {
        let (expected, parts) = model(&base, &ops);
        let (made, copied) = apply(&base, &encode(base.len(), &ops)).expect("is well-formed");
        prop_assert_eq!(&made, &expected);

        // Truthful, sorted, disjoint and joined; and all that the instructions copied.
        for range in &copied {
            prop_assert_eq!(&made[range.at..range.at + range.len], &base[range.from..range.from + range.len]);
        }
        for pair in copied.windows(2) {
            let end = pair[0].at + pair[0].len;
            prop_assert!(end < pair[1].at || (end == pair[1].at && pair[0].from + pair[0].len != pair[1].from));
        }
        let sum = |ranges: &[Copied]| ranges.iter().map(|range| range.len).sum::<usize>();
        prop_assert_eq!(sum(&copied), sum(&parts));
    }

    #[test]
    fn a_damaged_delta_fails_or_makes_the_size_it_says(
        (base, ops) in base_and_ops(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut delta = encode(base.len(), &ops);
        let at = at.index(delta.len());
        delta[at] = byte;
        delta.truncate(cut.index(delta.len()) + 1);
        if let Ok((made, copied)) = apply(&base, &delta) {
            for range in copied {
                prop_assert_eq!(&made[range.at..range.at + range.len], &base[range.from..range.from + range.len]);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_as_an_entry_header_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(entry) = Entry::parse(&bytes, 20) {
            prop_assert!(entry.header <= bytes.len());
        }
    }

    #[test]
    fn any_bytes_are_read_as_an_index_or_refused(
        fanout in proptest::collection::vec(0u32..3, 256),
        version in 1u32..4,
        rest in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = Vec::new();
        if version > 1 {
            bytes.extend_from_slice(b"\xfftOc");
            bytes.extend_from_slice(&version.to_be_bytes());
        }
        let mut sorted = fanout;
        sorted.sort_unstable();
        sorted.iter().for_each(|upto| bytes.extend_from_slice(&upto.to_be_bytes()));
        bytes.extend_from_slice(&rest);
        if let Ok(layout) = Layout::parse(&bytes, 20) {
            for position in 0..layout.count() {
                let oid = layout.oid(&bytes, position).to_vec();
                layout.offset(&bytes, position);
                layout.find(&bytes, &oid);
            }
            layout.checksum_fits(&bytes);
        }
    }
}
