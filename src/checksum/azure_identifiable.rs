//! Identifiable keys of Azure: base64 with a signature of the service before the last six characters, and Marvin32 of all
//! before in the last four bytes (<https://github.com/microsoft/security-utilities>).
//!
//! Storage, Cosmos DB and Redis keys were seen to fit; the others follow the source. Older keys have no signature, so what does
//! not fit is not judged. Container registries have a signature too, but six public samples did not fit: left out.

use super::{Check, fits, marvin32::marvin32, radix::base64};

/// Characters after the signature, padding apart.
const TAIL: usize = 6;

/// A service: its signature, the bytes of its keys, and the seeds of its kinds of key.
struct Service {
    signature: &'static [u8; 4],
    bytes: usize,
    seeds: &'static [&'static [u8; 8]],
}

const SERVICES: &[Service] = &[
    Service { signature: b"+ASt", bytes: 64, seeds: &[b"Default0"] },
    Service {
        signature: b"ACDb",
        bytes: 64,
        seeds: &[b"MastRW00", b"MastRO00", b"Resour00", b"SysAll00", b"SystRO00", b"SystRW00", b"Encryp00"],
    },
    Service { signature: b"+ABa", bytes: 64, seeds: &[b"AbAcct00"] },
    Service { signature: b"+AMC", bytes: 64, seeds: &[b"Classic0"] },
    Service { signature: b"APIM", bytes: 64, seeds: &[b"Tenant00", b"IoTHub00", b"Gatewy00", b"GitKey00"] },
    Service { signature: b"+ASb", bytes: 32, seeds: &[b"Send0000", b"Manage00", b"Listen00"] },
    Service { signature: b"+AEh", bytes: 32, seeds: &[b"Send0000", b"Manage00", b"Listen00"] },
    Service { signature: b"+ARm", bytes: 32, seeds: &[b"Send0000", b"Manage00", b"Listen00"] },
    Service { signature: b"AIoT", bytes: 32, seeds: &[b"IoTHub00", b"DpsKey00", b"Device00"] },
    Service { signature: b"AzCa", bytes: 32, seeds: &[b"Access00"] },
    Service { signature: b"AZEG", bytes: 32, seeds: &[b"SendRecv"] },
    Service { signature: b"AzSe", bytes: 39, seeds: &[b"PAdmin00", b"Query000"] },
    Service { signature: b"AzFu", bytes: 40, seeds: &[b"Master00", b"System00", b"Functi00"] },
];

/// Checks a key with the signature of a known service.
pub fn check(secret: &[u8]) -> Check {
    let text = secret.strip_suffix(b"==").or(secret.strip_suffix(b"=")).unwrap_or(secret);
    let Some(signature) = text.len().checked_sub(TAIL + 4).map(|at| &text[at..at + 4]) else { return Check::Unknown };
    let Some(bytes) = base64(secret) else { return Check::Unknown };
    let mut services = SERVICES.iter().filter(|service| service.signature == signature && service.bytes == bytes.len());
    let fitting = services.any(|service| {
        let (body, sum) = bytes.split_at(bytes.len() - 4);
        service.seeds.iter().any(|seed| marvin32(body, u64::from_be_bytes(**seed)).to_le_bytes() == sum)
    });
    fits(fitting, Check::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::tests::holds_for;

    #[test]
    fn vectors() {
        holds_for(
            check,
            "SYNTHETICVECTORSYNTH{-}ETICVECT{-}ORSYNTHE{-}TICVECTO{-}RSYNTHET{-}ICVECTOR{-}SYNTHETI{-}CVECTORS{-}+AStOd1x{-}Mg==",
            Check::Unknown,
        );
    }
}
