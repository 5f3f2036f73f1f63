//! Where a job's effects stand: how many chunks it has appended and how many children it has
//! enqueued, over all attempts, in the one number that travels in the checkpoint.
//!
//! A guest counts its children, because their ids are derived from the count; a store cuts
//! chunks whose number is not below the checkpoint's. Chunks therefore count in the upper
//! half, and a chunk's number is the last of its half.

const HALF_BITS: u32 = 32;
const LOWER: u64 = u32::MAX as u64;

/// Where an attempt begins, and how far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    appended: u64,
    children: u64,
}

impl Place {
    /// As the checkpoint has it; 0 at the very start.
    pub fn of(next_effect: u64) -> Place {
        Place { appended: next_effect >> HALF_BITS, children: next_effect & LOWER }
    }

    /// The number of the next child, as the guest counts them.
    pub fn children(self) -> u64 {
        self.children
    }

    /// The number of the next chunk.
    pub fn append(&mut self) -> u64 {
        let number = self.appended << HALF_BITS | LOWER;
        self.appended += 1;
        number
    }

    /// As the next checkpoint has it, when the guest stands at this child.
    pub fn next_effect(&mut self, children: u64) -> u64 {
        self.children = children;
        self.appended << HALF_BITS | (children & LOWER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_before_a_checkpoint_are_below_its_number_and_later_ones_are_not() {
        let mut place = Place::default();
        let (first, second) = (place.append(), place.append());
        let checkpoint = place.next_effect(5);
        assert!(first < second && second < checkpoint);
        let mut resumed = Place::of(checkpoint);
        assert_eq!(resumed.children(), 5);
        assert_eq!(resumed, place);
        assert!(resumed.append() >= checkpoint);
        assert!(Place::of(resumed.next_effect(5)) != place);
    }
}
