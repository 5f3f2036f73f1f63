//! `demo.sibling`: some computing in some memory, with a result that is known.
//!
//! Counts primes with a sieve, as often as it is asked to: a job whose time and
//! memory are steady, to see whether a neighbour's misfortune shows in it.

use cofferdam_sdk::prelude::*;

#[derive(Deserialize)]
struct Input {
    /// The sieve has one byte for each number up to this one.
    up_to: usize,
    /// How often the sieve is worked through.
    rounds: u64,
}

#[job(kind = "demo.sibling", memory = "8MiB", fuel = "20G", timeout = "1m")]
fn sibling(job: &mut Job, input: Input) -> Result<usize> {
    let mut sieve = vec![true; input.up_to + 1];
    job.fold(0..input.rounds, 0, |primes, _round| {
        *primes = count_primes(&mut sieve);
        Ok(())
    })
}

fn count_primes(is_prime: &mut [bool]) -> usize {
    is_prime.fill(true);
    let mut primes = 0;
    for number in 2..is_prime.len() {
        if is_prime[number] {
            primes += 1;
            // In the sandbox a `usize` has 32 bits: the square of a large prime does not fit.
            let square = number.saturating_mul(number);
            for multiple in (square..is_prime.len()).step_by(number) {
                is_prime[multiple] = false;
            }
        }
    }
    primes
}

#[cfg(test)]
mod tests {
    use cofferdam_sdk::testing::TestJob;
    use serde_json::json;

    #[test]
    fn it_counts_the_primes_below_a_thousand() {
        let job = TestJob::new(super::sibling).input(&json!({"up_to": 1000, "rounds": 3}));
        assert_eq!(job.interrupt_at_every_checkpoint().output(), 168);
    }
}
