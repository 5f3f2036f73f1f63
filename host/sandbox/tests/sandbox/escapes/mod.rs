//! Guests that try to see or change something that was not granted to them.

mod paths;
mod read_only;
mod script;
mod special;
mod world;
