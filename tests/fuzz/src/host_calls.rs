//! A guest that calls host functions in any order with any arguments, and what holds all the same.

pub(crate) mod guest;
mod house;

use std::sync::OnceLock;
use std::time::Duration;

use cofferdam_sandbox::{
    Control, Engine, EngineConfig, FailureClass, Grant, Limits, Outcome, Program, Quota, Report, Request,
    Resume,
};

use house::House;

const KIB: u64 = 1024;
/// Two pages, and one to grow by.
const MEMORY_CAP_BYTES: u64 = 192 * KIB;
const HOST_ALLOWANCE_BYTES: u64 = KIB * KIB;
const FUEL: u64 = 3_000_000;
/// A guest may sleep: what waits longer than this says nothing new.
const TIMEOUT: Duration = Duration::from_millis(50);
/// What an attempt may add to its directory.
const QUOTA: Quota = Quota { bytes: 64 * KIB, files: 8 };

/// Any bytes as a list of calls.
pub fn host_calls(bytes: &[u8]) {
    House::with(|house| {
        house.tidy_up();
        let report = run(program(), request(bytes, house));
        keeps_its_promises(&report);
        house.is_as_it_was(QUOTA);
    });
}

/// The calling guest, compiled once.
fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let config = EngineConfig { slots: 2, ..EngineConfig::default() };
        let engine = Engine::new(config).expect("an engine");
        engine.load(&guest::module()).expect("the calling guest is a module")
    })
}

fn request(bytes: &[u8], house: &House) -> Request {
    let mut request = Request::new(bytes.to_vec());
    request.job.id = "job-1".to_owned();
    request.job.kind = "calls".to_owned();
    request.job.queue = "default".to_owned();
    // From the bytes, so that both ways are fuzzed.
    if bytes.first().is_some_and(|byte| byte & 1 == 1) {
        request.resume = Some(Resume { state: bytes.to_vec().into(), next_effect: 7 });
    }
    let grant = |name: &str, write: bool| Grant {
        name: name.to_owned(),
        dir: house.granted(name),
        write,
        quota: QUOTA,
    };
    request.grants = vec![grant("out", true), grant("in", false)];
    request.limits = limits();
    request
}

fn limits() -> Limits {
    Limits {
        memory_cap_bytes: MEMORY_CAP_BYTES,
        host_allowance_bytes: HOST_ALLOWANCE_BYTES,
        fuel: FUEL,
        timeout: Some(TIMEOUT),
        output_bytes: 4 * KIB,
        checkpoint_bytes: 4 * KIB,
        append_bytes: 4 * KIB,
        parts_bytes: 16 * KIB,
        parts: 4,
        children: 4,
        children_bytes: 8 * KIB,
        child_lines: 2,
        child_bytes: 2 * KIB,
        log_bytes: 8 * KIB,
        log_lines: 16,
        stdio_head_bytes: KIB,
        stdio_tail_bytes: KIB,
        descriptors: 12,
        ..Limits::default()
    }
}

/// To its end, with somebody who makes durable what it hands over.
fn run(program: &Program, request: Request) -> Report {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let runtime =
        RUNTIME.get_or_init(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));
    let (attempt, control) = program.attempt(request);
    runtime.block_on(async {
        tokio::select! {
            report = attempt => report,
            () = makes_durable(&control) => unreachable!("it goes on until the attempt ends"),
        }
    })
}

async fn makes_durable(control: &Control) {
    let limits = limits();
    loop {
        control.changed().await;
        if let Some(snapshot) = control.take() {
            let effects = &snapshot.effects;
            assert!(effects.children.len() <= limits.children as usize);
            assert!(effects.children.iter().all(|child| child.spec.len() as u64 <= limits.child_bytes));
            assert!(effects.appends.iter().all(|chunk| chunk.bytes.len() as u64 <= limits.append_bytes));
            control.durable(snapshot.checkpoint_no);
        }
    }
}

fn keeps_its_promises(report: &Report) {
    let limits = limits();
    assert!(!matches!(report.outcome, Outcome::HostError | Outcome::Refused), "{report:#?}");
    assert_eq!(report.memory.cap_bytes, limits.memory_cap_bytes);
    assert!(report.memory.peak_bytes <= limits.memory_cap_bytes, "{:?}", report.memory);
    assert_eq!(report.host.allowance_bytes, limits.host_allowance_bytes);
    assert!(report.host.peak_bytes <= limits.host_allowance_bytes, "{:?}", report.host);
    assert!(report.fuel.used <= limits.fuel, "{:?}", report.fuel);
    assert!(report.output.as_ref().is_none_or(|output| output.len() as u64 <= limits.output_bytes));
    for stream in [&report.stdout, &report.stderr] {
        assert!(stream.head.len() as u64 <= limits.stdio_head_bytes, "{stream:?}");
        assert!(stream.tail.len() as u64 <= limits.stdio_tail_bytes, "{stream:?}");
    }
    assert!(report.logs.lines.len() <= limits.log_lines as usize);
    let lines = report.logs.lines.iter().map(|line| line.text.len() as u64);
    assert!(lines.clone().all(|bytes| bytes <= limits.log_line_bytes));
    assert!(lines.sum::<u64>() <= limits.log_bytes);
    assert!((0..=255).contains(&report.exit_code), "{}", report.exit_code);
    let snoozed = report.failure.is_some_and(|failure| failure.class == FailureClass::Snooze);
    match report.outcome {
        Outcome::Completed => assert_eq!(report.message, ""),
        _ => assert!(!report.message.is_empty() || snoozed, "{report:#?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds;

    #[test]
    fn the_calls_of_a_list_are_made() {
        let lists = seeds::of("host_calls");
        House::with(|house| {
            house.tidy_up();
            let report = run(program(), request(&lists[0], house));
            assert_eq!(report.outcome, Outcome::Completed, "{report:#?}");
            let text = std::fs::read(house.granted("out").join("file")).expect("the file that it opened");
            assert_eq!(text, b"some text\n\0\0\0\0\0\0\0\0");
            let report = run(program(), request(&lists[2], house));
            assert_eq!(report.checkpoint.count, 1, "{report:#?}");
            assert_eq!(report.logs.lines.len(), 1, "{report:#?}");
            assert!(report.output.is_some(), "{report:#?}");
        });
    }
}
