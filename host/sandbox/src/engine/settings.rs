//! The engine's switches. What a job does not need is off; everything that a
//! guest can make the engine allocate is bounded by the pool.

use wasmtime::{
    Config, InstanceAllocationStrategy, OperatorCost, PoolingAllocationConfig, WasmBacktraceDetails,
};

use crate::engine::EngineConfig;
use crate::error::HostError;
use crate::limits::STACK_BYTES;

/// Half for the guest, half for host functions below it.
const FIBER_STACK_BYTES: usize = 2 * STACK_BYTES as usize;
/// A page of 64 KiB has to be zeroed, mapped and later taken back. The most
/// that the price table can say.
const FUEL_PER_PAGE: u8 = 255;
const TABLE_RESIDENT_BYTES: usize = 8 * 1024;
const BACKTRACE_FRAMES: usize = 32;

/// Tries the pool, and where there is not enough address space for it goes on
/// without; true when it is pooling.
pub(super) fn build(config: &EngineConfig) -> Result<(wasmtime::Engine, bool), HostError> {
    let mut pooled = runtime(config);
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config)));
    match wasmtime::Engine::new(&pooled) {
        Ok(engine) => Ok((engine, true)),
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                slots = config.slots,
                "cannot reserve address space for all slots; starting attempts will be slower"
            );
            let engine =
                wasmtime::Engine::new(&runtime(config)).map_err(|e| HostError::Engine(format!("{e:#}")))?;
            Ok((engine, false))
        }
    }
}

/// For engines that run guests: they cannot compile.
fn runtime(engine: &EngineConfig) -> Config {
    let mut config = Config::new();
    config.enable_compiler(false);
    switches(&mut config, engine.metering);
    config
}

/// For engines that compile: they run nothing.
pub(crate) fn compiler(metering: bool) -> wasmtime::Result<wasmtime::Engine> {
    let mut config = Config::new();
    switches(&mut config, metering);
    wasmtime::Engine::new(&config)
}

fn switches(config: &mut Config, metering: bool) {
    config
        .wasm_threads(false)
        .wasm_shared_everything_threads(false)
        .shared_memory(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_relaxed_simd(false)
        .wasm_stack_switching(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .gc_support(false)
        .concurrency_support(false)
        .wasm_tail_call(true)
        // Line tables are read by `backtrace`, in a process of its own; the
        // engine would parse them inside the trap.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(BACKTRACE_FRAMES))
        .max_wasm_stack(STACK_BYTES as usize)
        .async_stack_size(FIBER_STACK_BYTES)
        .memory_may_move(false)
        .memory_init_cow(true)
        .consume_fuel(metering)
        .operator_cost(prices());
}

fn prices() -> OperatorCost {
    let mut prices = OperatorCost::default();
    prices.variable.memory_grow_per_page = FUEL_PER_PAGE;
    prices
}

fn pool(engine: &EngineConfig) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    let tables = crate::inspect::TABLES_MAX as u32;
    pool.total_core_instances(engine.slots)
        .total_memories(engine.slots)
        .total_tables(engine.slots * tables)
        .total_stacks(engine.slots)
        .total_gc_heaps(0)
        .max_memories_per_module(1)
        .max_tables_per_module(tables)
        .table_elements(engine.table_elements_max as usize)
        .decommit_batch_size(super::parked::SLOTS)
        // The table of a usual job fits in a page or two: wiping them is
        // quicker than giving them back and faulting them in again. What stays
        // resident is this much for each slot.
        .table_keep_resident(TABLE_RESIDENT_BYTES)
        .max_memory_size(engine.memory_bytes_max.min(4 << 30) as usize);
    pool
}
