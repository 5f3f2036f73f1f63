//! The lanes that this handle has heard of, and what a claim says of them.

use std::collections::BTreeMap;

use cofferdam_queue::{Claim, Kind, ModuleHash, Program, QueueName};

use super::reply::{Read, Words};

/// More than a house has at once; beyond it all are forgotten, and the open ones heard of again.
const LANES_MAX: usize = 4_096;

/// One line of jobs, of which the name is "queue kind step wrote".
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) queue: QueueName,
    pub(super) kind: Kind,
    pub(super) step: u8,
    /// The module that wrote the checkpoint of its jobs, and its version; none: they begin anew.
    pub(super) wrote: Option<(ModuleHash, u32)>,
}

impl Lane {
    pub(super) fn parse(name: &str) -> Read<Lane> {
        let mut words = Words(name.as_bytes());
        let (queue, kind) = (QueueName::trusted(words.word()?), Kind::trusted(words.word()?));
        let step = words.parse()?;
        let wrote = match words.word()?.rsplit_once(':') {
            None => None,
            Some((module, version)) => Some((super::reply::parse(module)?, super::reply::parse(version)?)),
        };
        Ok(Lane { queue, kind, step, wrote })
    }
}

/// By name.
#[derive(Default)]
pub(super) struct Lanes(BTreeMap<String, Lane>);

/// What a claim says of one lane.
pub(super) struct Term<'c> {
    pub(super) name: String,
    pub(super) lane: Lane,
    pub(super) rank: usize,
    pub(super) reservation_bytes: u64,
    pub(super) program: &'c Program,
}

impl Lanes {
    /// These are open.
    pub(super) fn learn(&mut self, names: Vec<String>) -> Read<()> {
        if self.0.len() > LANES_MAX {
            self.0.clear();
        }
        for name in names {
            let lane = Lane::parse(&name)?;
            self.0.insert(name, lane);
        }
        Ok(())
    }

    /// The lanes that this worker serves, may run, and has the budget for; and the others.
    pub(super) fn terms<'c>(&self, claim: &'c Claim) -> (Vec<Term<'c>>, Vec<String>) {
        let (mut served, mut others) = (Vec::new(), Vec::new());
        for (name, lane) in &self.0 {
            match term(claim, name, lane) {
                Some(term) => served.push(term),
                None => others.push(name.clone()),
            }
        }
        (served, others)
    }
}

fn term<'c>(claim: &'c Claim, name: &str, lane: &Lane) -> Option<Term<'c>> {
    let rank = match claim.queues.iter().position(|queue| *queue == lane.queue) {
        Some(rank) => rank,
        None if claim.queues.is_empty() => 0,
        None => return None,
    };
    let program = program(claim, lane)?;
    let reservation_bytes = program.reservation_bytes(lane.step);
    let fits = reservation_bytes <= claim.budget_bytes;
    fits.then(|| Term { name: name.to_owned(), lane: lane.clone(), rank, reservation_bytes, program })
}

/// The program that goes on with the jobs of a lane: the kind's newest if it can.
fn program<'c>(claim: &'c Claim, lane: &Lane) -> Option<&'c Program> {
    let fits = |program: &&Program| program.kind == lane.kind && program.continues(lane.wrote);
    let mut fitting = claim.programs.iter().filter(fits);
    let first = fitting.next()?;
    if first.current { Some(first) } else { Some(fitting.find(|program| program.current).unwrap_or(first)) }
}
