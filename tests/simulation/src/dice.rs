//! The only source of chance in a simulation: the same seed, the same run.

use std::sync::{Mutex, PoisonError};

/// SplitMix64 behind a lock.
#[derive(Debug)]
pub struct Dice(Mutex<u64>);

impl Dice {
    /// Dice that fall as this seed says.
    pub fn new(seed: u64) -> Dice {
        Dice(Mutex::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d))
    }

    /// 64 bits.
    pub fn bits(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = *state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number of `range`.
    pub fn within(&self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.bits() % (range.end - range.start)
    }

    /// True so many times of a hundred.
    pub fn chance(&self, percent: u64) -> bool {
        self.bits() % 100 < percent
    }

    /// One of these.
    pub fn one_of<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.within(0..of.len() as u64) as usize]
    }

    /// Other dice, decided by these.
    pub fn fork(&self) -> Dice {
        Dice(Mutex::new(self.bits()))
    }
}
