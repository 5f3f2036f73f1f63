//! The storm on the real thing: workers of the real binary are killed each second, one hangs for
//! longer than its lease, and the store's server is killed, while jobs run that checkpoint, append
//! and enqueue children. `cofferdam bench --chaos` makes it and accounts from its own ledger; what
//! it says is looked at here from outside.

mod on_cluster;
mod on_redis;
mod on_sqlite;
mod storm;
