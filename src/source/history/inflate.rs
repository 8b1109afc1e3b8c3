//! Inflating with sizes known beforehand, into buffers that are used again.

use libdeflater::Decompressor;

use super::delta::SLACK;

/// No zlib stream inflates to more than this many times its length.
const MOST: u64 = 1032;

/// Whether `size` bytes can come out of `compressed` bytes: the check before memory is asked for.
pub fn plausible(size: u64, compressed: usize) -> bool {
    size <= (compressed as u64).saturating_mul(MOST)
}

/// Inflates the zlib stream at the start of `compressed` to exactly `size` bytes at the start of `out`, which is at least
/// [`SLACK`] bytes longer. Its checksum is checked.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn inflate(
    decompressor: &mut Decompressor,
    compressed: &[u8],
    size: usize,
    out: &mut [u8],
) -> Result<(), &'static str> {
    assert!(out.len() >= size + SLACK, "the target has the size told and the slack");
    // With room behind the end the fast loop runs to the end, and a stream that is too long is seen.
    match decompressor.zlib_decompress(compressed, &mut out[..size + SLACK]) {
        Ok(made) if made == size => Ok(()),
        Ok(_) | Err(libdeflater::DecompressionError::InsufficientSpace) => {
            Err("compressed bytes inflate to another size than the header says")
        }
        Err(libdeflater::DecompressionError::BadData) => Err("compressed bytes are damaged"),
    }
}

/// Sizes of buffers that are kept: powers of two up to this exponent. Larger ones go back to the system.
const LARGEST_KEPT: usize = 23;

/// Buffers of one thread. What is given back is handed out again without being cleared.
#[derive(Default)]
pub struct Pool {
    free: Vec<Vec<Vec<u8>>>,
}

impl Pool {
    /// A buffer of at least `size` and [`SLACK`] bytes, with anything in it.
    pub fn take(&mut self, size: usize) -> Vec<u8> {
        let class = (size + SLACK).next_power_of_two().trailing_zeros() as usize;
        if class > LARGEST_KEPT {
            return vec![0; size + SLACK];
        }
        let free = self.free.get_mut(class).and_then(Vec::pop);
        free.unwrap_or_else(|| vec![0; 1 << class])
    }

    /// Takes a buffer back.
    pub fn give(&mut self, buffer: Vec<u8>) {
        if buffer.is_empty() || !buffer.len().is_power_of_two() {
            return;
        }
        let class = buffer.len().trailing_zeros() as usize;
        if class > LARGEST_KEPT {
            return;
        }
        if self.free.len() <= class {
            self.free.resize_with(class + 1, Vec::new);
        }
        self.free[class].push(buffer);
    }
}
