//! The kinds of a simulation, chosen so that every rule of admission and settlement has
//! one that meets it.

use cofferdam_queue::{Deploy, Drain, Kind, Manifest, ManifestDraft, ModuleHash};

/// Small, and nothing special.
pub const PLAIN: &str = "plain";
/// Climbs the memory ladder.
pub const LADDER: &str = "ladder";
/// Takes more than half of most budgets.
pub const BIG: &str = "big";
/// A drain lets it finish.
pub const FINISH: &str = "finish";
/// Has fuel for all attempts together.
pub const TOTAL: &str = "total";
/// No worker can run its module.
pub const REFUSED: &str = "refused";
/// All of them, the plain one more often.
pub const ALL: &[&str] = &[PLAIN, PLAIN, PLAIN, PLAIN, LADDER, LADDER, BIG, FINISH, TOTAL, REFUSED];

/// The wall time of one attempt, in milliseconds.
pub const TIMEOUT_MS: u64 = 20_000;

/// What a kind declares, whose checkpoints are of version 1.
pub fn manifest(kind: &str) -> Manifest {
    manifest_reading(kind, 1)
}

fn manifest_reading(kind: &str, checkpoint_version: u32) -> Manifest {
    let mut draft = ManifestDraft {
        kind: Some(Kind::trusted(kind)),
        memory_bytes: Some(16 << 20),
        timeout_ms: Some(TIMEOUT_MS),
        retries: Some(5),
        host_allowance_bytes: Some(1 << 20),
        checkpoint_version: Some(checkpoint_version),
        ..ManifestDraft::default()
    };
    match kind {
        LADDER => draft.memory_ladder_bytes = vec![64 << 20, 256 << 20],
        BIG => draft.memory_bytes = Some(600 << 20),
        FINISH => draft.drain = Some(Drain::Finish),
        TOTAL => draft.fuel_total = Some(6_000_000),
        _ => {}
    }
    draft.resolve(None).expect("a manifest that resolves")
}

/// A deployment of this version of a kind's module.
pub fn deploy(kind: &str, version: u32) -> Deploy {
    deploy_reading(kind, version, 1)
}

/// The same, which reads and writes checkpoints of this version.
pub fn deploy_reading(kind: &str, version: u32, checkpoint_version: u32) -> Deploy {
    let wasm = format!("{kind} {version}").into_bytes();
    // FNV-1a, four times over: all that matters is that modules differ.
    let mut hash = [0; 32];
    for (lane, bytes) in hash.chunks_mut(8).enumerate() {
        let mut sum = 0xcbf2_9ce4_8422_2325_u64 ^ lane as u64;
        for &byte in &wasm {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        bytes.copy_from_slice(&sum.to_le_bytes());
    }
    Deploy {
        module: ModuleHash(hash),
        wasm: wasm.into(),
        manifest: manifest_reading(kind, checkpoint_version),
    }
}
