//! Guests that try to see or change something that was not granted to them.

mod descriptors;
mod listings;
mod moves;
mod names;
mod paths;
mod races;
mod read_only;
mod script;
mod special;
mod world;
