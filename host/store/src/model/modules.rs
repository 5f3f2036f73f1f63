//! Modules: kept once by content; each kind points to one of those deployed as it.

use std::cmp::Reverse;

use cofferdam_queue::{Deploy, Deployed, Kind, ModuleHash, Pointer, Pointers, Pruned, State};

use super::house::{Deployment, House};

pub(super) fn deploy(house: &mut House, deploy: Deploy) -> Deployed {
    let Deploy { module, wasm, manifest } = deploy;
    let current = house.current(&manifest.kind);
    let previous = current.map(|deployment| deployment.module);
    if current.is_some_and(|deployment| deployment.module == module && deployment.manifest == manifest) {
        return Deployed { previous, unchanged: true };
    }
    house.modules.entry(module).or_insert(wasm);
    house.deploys += 1;
    let kind = manifest.kind.clone();
    house.deployments.retain(|deployment| deployment.kind != kind || deployment.module != module);
    point(house, &kind, None);
    let (turn, deployed_at) = (house.deploys, house.now());
    house.deployments.push(Deployment { kind, module, manifest, turn, current: true, deployed_at });
    tell(house);
    Deployed { previous, unchanged: false }
}

/// Point a kind to one of its deployments.
fn point(house: &mut House, kind: &Kind, to: Option<ModuleHash>) {
    for deployment in house.deployments.iter_mut().filter(|deployment| deployment.kind == *kind) {
        deployment.current = Some(deployment.module) == to;
    }
}

fn tell(house: &mut House) {
    house.wake.jobs = true;
    house.wake.notices = true;
}

pub(super) fn rollback(house: &mut House, kind: &Kind, to: Option<ModuleHash>) -> Option<ModuleHash> {
    let of_kind = || house.deployments.iter().filter(|deployment| deployment.kind == *kind);
    let target = match to {
        Some(module) => of_kind().find(|deployment| deployment.module == module)?.module,
        None => {
            let present = house.current(kind)?.turn;
            of_kind()
                .filter(|deployment| deployment.turn < present)
                .max_by_key(|deployment| deployment.turn)?
                .module
        }
    };
    point(house, kind, Some(target));
    house.deploys += 1;
    tell(house);
    Some(target)
}

/// Whether a job that may still run has a checkpoint that this module wrote, or runs on it and
/// may write one: nobody says so to the workers when it does.
fn is_needed(house: &House, deployment: &Deployment) -> bool {
    house.jobs.values().any(|job| {
        let wrote = job.checkpoint.as_ref().map(|checkpoint| checkpoint.module);
        let runs = job.lease.as_ref().map(|lease| lease.module);
        job.kind == deployment.kind
            && job.state != State::Completed
            && (wrote == Some(deployment.module) || runs == Some(deployment.module))
    })
}

pub(super) fn prune(house: &mut House, keep: u32) -> Pruned {
    let is_kept = |deployment: &Deployment| {
        let later = house
            .deployments
            .iter()
            .filter(|other| other.kind == deployment.kind && other.turn > deployment.turn)
            .count();
        deployment.current || later < keep as usize || is_needed(house, deployment)
    };
    let kept: Vec<Deployment> = house.deployments.iter().filter(|one| is_kept(one)).cloned().collect();
    if kept.len() == house.deployments.len() {
        return Pruned::default();
    }
    house.deploys += 1;
    house.wake.notices = true;
    house.deployments = kept;
    let mut pruned = Pruned::default();
    house.modules.retain(|module, wasm| {
        let keep = house.deployments.iter().any(|deployment| deployment.module == *module);
        if !keep {
            pruned.modules.push(*module);
            pruned.bytes += wasm.len() as u64;
        }
        keep
    });
    pruned
}

/// The deployments, by kind, the newest of each first.
pub(super) fn by_kind(house: &House) -> Vec<&Deployment> {
    let mut all: Vec<&Deployment> = house.deployments.iter().collect();
    all.sort_by_key(|deployment| (deployment.kind.clone(), Reverse(deployment.turn)));
    all
}

pub(super) fn pointers(house: &House) -> Pointers {
    let pointers = by_kind(house)
        .into_iter()
        .filter(|deployment| deployment.current || is_needed(house, deployment))
        .map(|deployment| Pointer {
            kind: deployment.kind.clone(),
            module: deployment.module,
            manifest: deployment.manifest.clone(),
            current: deployment.current,
            deployed_at: deployment.deployed_at,
        })
        .collect();
    Pointers { deploys: house.deploys, pointers }
}
