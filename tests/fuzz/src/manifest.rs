//! The manifest section of a module: whatever was understood says the same when it is written down.

use cofferdam::from_outside;
use cofferdam_queue::{Manifest, ManifestDraft, parse_bytes, show_bytes};

/// Any bytes as a manifest section.
pub fn manifest(bytes: &[u8]) {
    let Ok((draft, manifest)) = from_outside::manifest(bytes) else { return };
    let written = serde_json::to_vec(&draft).expect("a draft is JSON");
    let read: ManifestDraft = serde_json::from_slice(&written).expect("a draft is read as it was written");
    assert_eq!(read, draft);
    // As an operator would see it, and as the section of another module.
    let (again, same) = from_outside::manifest(&written).expect("what was accepted is accepted again");
    assert_eq!((again, &same), (draft, &manifest));
    // As a store keeps it.
    let stored = serde_json::to_vec(&manifest).expect("a manifest is JSON");
    let kept: Manifest = serde_json::from_slice(&stored).expect("a manifest is read as it was written");
    assert_eq!(kept, manifest);
    keeps_its_promises(&manifest);
}

fn keeps_its_promises(manifest: &Manifest) {
    let ladder = &manifest.memory_ladder_bytes;
    assert!(!ladder.is_empty() && ladder.is_sorted() && ladder[0] > 0, "{ladder:?}");
    assert!(manifest.fuel > 0 && manifest.timeout_ms > 0, "{manifest:?}");
    for step in [0, 1, 15, 16, u8::MAX] {
        assert!(ladder.contains(&manifest.memory_bytes(step)));
        assert!(manifest.reservation_bytes(step) >= manifest.memory_bytes(step));
    }
    for &bytes in ladder {
        assert_eq!(parse_bytes(&show_bytes(bytes)), Ok(bytes));
    }
}
