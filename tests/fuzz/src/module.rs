//! Modules: whatever their bytes are, they are refused or run within their limits.

use std::sync::OnceLock;
use std::time::Duration;

use cofferdam_sandbox::{Engine, EngineConfig, Limits, LoadError, Outcome, Request, inspect};

/// Larger ones take the compiler too long for many of them.
const COMPILED_BYTES_MAX: usize = 4 * 1024;
/// Of the smaller ones every so many is compiled, by its bytes: inspecting takes far less.
const COMPILED_OF: u32 = 4;
const MEMORY_CAP_BYTES: u64 = 1 << 20;
const HOST_ALLOWANCE_BYTES: u64 = 1 << 20;
const FUEL: u64 = 200_000;

/// Any bytes as a module.
pub fn module(bytes: &[u8]) {
    let Ok(inspection) = inspect(bytes) else { return };
    assert_eq!(inspection.size_bytes, bytes.len() as u64);
    assert!(inspection.manifest.as_ref().is_none_or(|manifest| manifest.len() < bytes.len()));
    assert!(inspection.imports.len() + inspection.exports.len() <= bytes.len());
    assert!(inspection.minimum_bytes() >= inspection.memory_minimum_bytes);
    let sum = bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    if bytes.len() <= COMPILED_BYTES_MAX && sum % COMPILED_OF == 0 {
        runs_within_its_limits(bytes);
    }
}

fn runs_within_its_limits(bytes: &[u8]) {
    static ENGINE: OnceLock<(Engine, tokio::runtime::Runtime)> = OnceLock::new();
    let (engine, runtime) = ENGINE.get_or_init(|| {
        let config = EngineConfig { slots: 2, ..EngineConfig::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        (Engine::new(config).expect("an engine"), runtime)
    });
    let program = match engine.load(bytes) {
        Ok(program) => program,
        Err(LoadError::Refused(_)) => return,
        Err(LoadError::Host(error)) => panic!("inspected, and then failed: {error}"),
    };
    let mut request = Request::new(&b"{}"[..]);
    request.limits = Limits {
        memory_cap_bytes: MEMORY_CAP_BYTES,
        host_allowance_bytes: HOST_ALLOWANCE_BYTES,
        fuel: FUEL,
        timeout: Some(Duration::from_millis(100)),
        ..Limits::default()
    };
    let report = runtime.block_on(program.attempt(request).0);
    assert_ne!(report.outcome, Outcome::HostError, "{report:#?}");
    assert!(report.memory.peak_bytes <= MEMORY_CAP_BYTES, "{:?}", report.memory);
    assert!(report.host.peak_bytes <= HOST_ALLOWANCE_BYTES, "{:?}", report.host);
    assert!(report.fuel.used <= FUEL, "{:?}", report.fuel);
}
