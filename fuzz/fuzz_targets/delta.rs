//! Deltas: applying one agrees with a slow reading of the format, and what is told as copied is copied.
#![no_main]

use arbitrary::Arbitrary;
use keysweep::{
    blob::Copied,
    source::history::delta::{self, SLACK, Sizes},
};
use libfuzzer_sys::fuzz_target;

/// Larger objects are not made here: the caller of `apply` bounds what it asks memory for.
const LARGEST: u64 = 1 << 20;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    base: &'a [u8],
    /// The base is this many times the bytes above, so that copies of many bytes succeed.
    times: u8,
    delta: Delta<'a>,
}

#[derive(Arbitrary, Debug)]
enum Delta<'a> {
    Raw(&'a [u8]),
    Made { base: Option<u64>, object: Option<u32>, ops: Vec<Op<'a>>, cut: u8 },
}

#[derive(Arbitrary, Debug)]
enum Op<'a> {
    Insert(&'a [u8]),
    /// A copy; one that goes on where the last ended, if asked for.
    Copy {
        from: u32,
        len: u32,
        inside: bool,
        on: bool,
    },
    Byte(u8),
}

fuzz_target!(|input: Input| {
    let base = input.base.repeat(usize::from(input.times) + 1);
    let made;
    let delta = match &input.delta {
        Delta::Raw(bytes) => *bytes,
        Delta::Made { base: told, object, ops, cut } => {
            made = encode(base.len(), *told, *object, ops);
            &made[..made.len() - usize::from(*cut).min(made.len()) / 8]
        }
    };
    check(&base, delta);
});

fn encode(base: usize, told: Option<u64>, object: Option<u32>, ops: &[Op]) -> Vec<u8> {
    let (mut body, mut size, mut next) = (Vec::new(), 0u64, 0);
    for op in ops {
        match op {
            Op::Insert(bytes) => {
                for piece in bytes.chunks(127) {
                    body.push(piece.len() as u8);
                    body.extend_from_slice(piece);
                }
                size += bytes.len() as u64;
            }
            Op::Copy { from, len, inside, on } => {
                let mut from = if *on { next } else { *from as usize };
                let mut len = *len as usize & 0xff_ffff;
                if *inside {
                    from = from.min(base);
                    len = (len & 0x1_ffff).min(base - from);
                }
                copy(&mut body, from, len);
                size += if len == 0 { 0x10000 } else { len as u64 };
                next = from + len;
            }
            Op::Byte(byte) => body.push(*byte),
        }
    }
    let mut bytes = Vec::new();
    number(&mut bytes, told.unwrap_or(base as u64));
    number(&mut bytes, object.map_or(size, u64::from));
    bytes.extend(body);
    bytes
}

fn number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn copy(out: &mut Vec<u8>, from: usize, len: usize) {
    let at = out.len();
    out.push(0x80);
    for (bit, byte) in (from as u32).to_le_bytes().into_iter().chain((len as u32).to_le_bytes()).take(7).enumerate() {
        if byte != 0 {
            out[at] |= 1 << bit;
            out.push(byte);
        }
    }
}

fn check(base: &[u8], delta: &[u8]) {
    let Ok(sizes) = Sizes::parse(delta) else { return };
    assert!(sizes.header <= delta.len());
    let makes = delta::makes(delta, sizes);
    if sizes.object > LARGEST {
        return;
    }
    let size = sizes.object as usize;
    let mut copied = vec![Copied { at: 1, from: 2, len: 3 }];
    let mut out = vec![0xa5; size + SLACK];
    let applied = delta::apply(base, delta, sizes, &mut out, &mut copied);
    let expected = slow(base, &delta[sizes.header..], sizes);
    assert_eq!(applied.ok(), expected.as_ref().map(|_| ()), "the slow reading says the same");
    let Some((object, pieces)) = expected else { return };
    assert!(makes, "what makes an object passes the check before");
    assert_eq!(out[..size], object);
    assert_eq!(copied, pieces);
    let mut end = 0;
    for piece in copied {
        assert!(piece.len > 0 && piece.at >= end, "sorted and disjoint");
        end = piece.at + piece.len;
        assert_eq!(out[piece.at..end], base[piece.from..piece.from + piece.len], "copied from there");
    }
}

/// The object and its joined copies, by the format's text and nothing else; `None` where the delta is wrong.
fn slow(base: &[u8], ops: &[u8], sizes: Sizes) -> Option<(Vec<u8>, Vec<Copied>)> {
    if sizes.base != base.len() as u64 {
        return None;
    }
    let (mut object, mut copied) = (Vec::new(), Vec::<Copied>::new());
    let mut ops = ops.iter().copied();
    while let Some(op) = ops.next() {
        if op == 0 {
            return None;
        }
        if op < 0x80 {
            for _ in 0..op {
                object.push(ops.next()?);
            }
        } else {
            let mut bytes = [0u8; 8];
            for (bit, byte) in bytes.iter_mut().take(7).enumerate() {
                if op & (1 << bit) != 0 {
                    *byte = ops.next()?;
                }
            }
            let from = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
            let len = match u32::from_le_bytes([bytes[4], bytes[5], bytes[6], 0]) {
                0 => 0x10000,
                len => len as usize,
            };
            let at = object.len();
            object.extend_from_slice(base.get(from..from.checked_add(len)?)?);
            match copied.last_mut() {
                Some(last) if last.at + last.len == at && last.from + last.len == from => last.len += len,
                _ => copied.push(Copied { at, from, len }),
            }
        }
        if object.len() as u64 > sizes.object {
            return None;
        }
    }
    (object.len() as u64 == sizes.object).then_some((object, copied))
}
