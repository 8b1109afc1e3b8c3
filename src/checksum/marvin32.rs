//! Marvin32, the keyed checksum in Microsoft's identifiable keys (<https://github.com/microsoft/security-utilities>).

/// The checksum of `bytes` under a seed of two 32-bit words.
pub fn marvin32(bytes: &[u8], seed: u64) -> u32 {
    let mut state = (seed as u32, (seed >> 32) as u32);
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        state = block((state.0.wrapping_add(u32::from_le_bytes(*word)), state.1));
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    state = block(block((state.0.wrapping_add(u32::from_le_bytes(last)), state.1)));
    state.0 ^ state.1
}

fn block((mut p0, mut p1): (u32, u32)) -> (u32, u32) {
    p1 ^= p0;
    p0 = p0.rotate_left(20).wrapping_add(p1);
    p1 = p1.rotate_left(9) ^ p0;
    p0 = p0.rotate_left(27).wrapping_add(p1);
    p1 = p1.rotate_left(19);
    (p0, p1)
}
