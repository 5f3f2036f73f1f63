//! One start of a program, from the empty store to the report. Reads as a
//! recipe: refuse or charge, instantiate, call, classify, report. The store
//! lives for one attempt and is dropped with it.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Instant;

use wasmtime::{AsContextMut, ModuleExport, Store, TypedFunc, WasmParams, WasmResults};

use crate::control::{Shared, Stop};
use crate::ending::{self, Ending};
use crate::gate::SLICE_FUEL;
use crate::guest::Guest;
use crate::inspect::Shape;
use crate::program::Program;
use crate::report::Report;
use crate::request::{Grant, Request};

/// A future that runs the guest while it is polled. Dropping it ends the guest
/// without a report. It never panics.
#[must_use = "nothing runs until it is polled"]
pub struct Attempt {
    run: Pin<Box<dyn Future<Output = Report> + Send>>,
}

impl Future for Attempt {
    type Output = Report;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Report> {
        self.run.as_mut().poll(cx)
    }
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

pub(crate) fn new(program: Program, request: Request, shared: Arc<Shared>) -> Attempt {
    Attempt { run: Box::pin(run(program, request, shared)) }
}

async fn run(program: Program, request: Request, shared: Arc<Shared>) -> Report {
    let inner = &program.inner;
    let (engine, shape) = (&inner.engine, inner.inspection.shape);
    let admitted = program.admits(&request.limits);
    let metered = engine.config().metering;
    let mut request = request;
    let grants = std::mem::take(&mut request.grants);
    let mut guest = Guest::new(request, shape, metered, engine.clock().clone(), shared.clone());
    if let Err(refusal) = admitted {
        return ending::report(Ending::Refused(refusal), guest, &program, 0).await;
    }
    let fuel = guest.limits.fuel;
    if let Err(over) = guest.charge_beginning() {
        return ending::report(Ending::Error(over.into()), guest, &program, fuel).await;
    }
    if !grants.is_empty()
        && let Err(ending) = open_grants(&mut guest, grants).await
    {
        return ending::report(ending, guest, &program, fuel).await;
    }
    let slot = engine.slot(shared.clone());
    let mut store = match prepare(&program, guest) {
        Ok(store) => store,
        Err((error, guest)) => {
            return ending::report(Ending::Host(error), guest, &program, fuel).await;
        }
    };
    let ending = {
        let deadline = store.data().deadline;
        let mut guest = pin!(enter(&program, &mut store));
        poll_fn(|cx| watch(&shared, deadline, cx, guest.as_mut())).await
    };
    let fuel_left = store.get_fuel().unwrap_or(0);
    let guest = store.into_data();
    drop(slot);
    ending::report(ending, guest, &program, fuel_left).await
}

/// Under the attempt's deadline like all else: a file system that hangs keeps a thread, and
/// must not keep the attempt.
async fn open_grants(guest: &mut Guest, grants: Vec<Grant>) -> Result<(), Ending> {
    let (shared, clock, deadline) = (guest.shared.clone(), guest.clock.clone(), guest.deadline);
    let mut alarm = pin!(deadline.map(|at| clock.until(at)));
    let mut opening = pin!(guest.descriptors.open_grants(grants));
    poll_fn(|cx| {
        shared.register(cx.waker());
        if let Some(stop) = shared.end_requested() {
            return Poll::Ready(Err(Ending::Stopped(stop)));
        }
        if let Some(alarm) = alarm.as_mut().as_pin_mut()
            && alarm.poll(cx).is_ready()
        {
            return Poll::Ready(Err(Ending::Deadline));
        }
        opening.as_mut().poll(cx).map_err(Ending::Host)
    })
    .await
}

fn prepare(program: &Program, guest: Box<Guest>) -> Result<Store<Box<Guest>>, (String, Box<Guest>)> {
    let (metered, fuel) = (guest.metered, guest.limits.fuel);
    let mut store = Store::new(program.inner.engine.wasm(), guest);
    store.limiter(|guest| &mut guest.memory);
    if metered {
        let set = store.set_fuel(fuel).and_then(|()| store.fuel_async_yield_interval(Some(SLICE_FUEL)));
        if let Err(error) = set {
            return Err((format!("cannot set fuel: {error:#}"), store.into_data()));
        }
    }
    Ok(store)
}

/// Instantiates and calls; the number that the entry returned, 0 for a command.
async fn enter(program: &Program, store: &mut Store<Box<Guest>>) -> wasmtime::Result<i32> {
    let inner = &program.inner;
    let instance = inner.instance.instantiate_async(&mut *store).await?;
    if let Some(memory) = &inner.memory {
        let memory = instance.get_module_export(&mut *store, memory);
        store.data_mut().exported_memory = memory.and_then(wasmtime::Extern::into_memory);
    }
    if let Some(initialize) = &inner.initialize {
        let initialize: TypedFunc<(), ()> = function(&instance, &mut *store, initialize)?;
        initialize.call_async(&mut *store, ()).await?;
    }
    match inner.inspection.shape {
        Shape::Command => {
            let start: TypedFunc<(), ()> = function(&instance, &mut *store, &inner.entry)?;
            start.call_async(&mut *store, ()).await?;
            Ok(0)
        }
        Shape::Job => {
            let entry: TypedFunc<(), i32> = function(&instance, &mut *store, &inner.entry)?;
            entry.call_async(&mut *store, ()).await
        }
    }
}

fn function<P: WasmParams, R: WasmResults>(
    instance: &wasmtime::Instance,
    mut store: impl AsContextMut,
    export: &ModuleExport,
) -> wasmtime::Result<TypedFunc<P, R>> {
    let function = instance.get_module_export(&mut store, export);
    match function.and_then(wasmtime::Extern::into_func) {
        Some(function) => function.typed(&store),
        None => wasmtime::bail!("an export that was there at load is gone"),
    }
}

/// Looks at the flags and the clock, then lets the guest run a slice.
fn watch(
    shared: &Shared,
    deadline: Option<Instant>,
    cx: &mut Context<'_>,
    guest: Pin<&mut impl Future<Output = wasmtime::Result<i32>>>,
) -> Poll<Ending> {
    // Before the flags: a request that comes in between wakes us.
    shared.register(cx.waker());
    if let Some(stop) = shared.end_requested() {
        return Poll::Ready(Ending::Stopped(stop));
    }
    if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
        return Poll::Ready(Ending::Deadline);
    }
    let polled = catch_unwind(AssertUnwindSafe(|| guest.poll(cx)));
    match polled {
        Ok(Poll::Pending) => {
            if !shared.waiting.load(Ordering::Relaxed) {
                shared.fuel_used.fetch_add(SLICE_FUEL, Ordering::Relaxed);
            }
            Poll::Pending
        }
        Ok(Poll::Ready(Ok(code))) => Poll::Ready(Ending::Returned(code)),
        Ok(Poll::Ready(Err(error))) => Poll::Ready(Ending::Error(error)),
        Err(panic) => Poll::Ready(Ending::Host(format!("a host function panicked: {}", said(&*panic)))),
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// Raised inside a host call to leave the guest for good.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Leave {
    #[error("exited with code {0}")]
    Exit(i32),
    #[error("stopped at its checkpoint")]
    Stopped(Stop),
}
