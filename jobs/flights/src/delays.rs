//! Sums of arrival delays, and the report that they make.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A flight is late when it arrives more than this after its time.
const LATE_MINUTES: i64 = 15;

#[derive(Default, Deserialize, Serialize)]
pub struct Carriers(BTreeMap<String, Sums>);

#[derive(Clone, Copy, Default, Deserialize, Serialize)]
struct Sums {
    flights: u64,
    arrived: u64,
    late: u64,
    delay_minutes: i64,
}

#[derive(Serialize)]
pub struct Report {
    #[serde(flatten)]
    all: Figures,
    carriers: BTreeMap<String, Figures>,
}

#[derive(Serialize)]
struct Figures {
    flights: u64,
    with_arrival_delay: u64,
    late: u64,
    /// Rounded to hundredths; `null` if no flight arrived.
    mean_arrival_delay_minutes: Option<f64>,
}

impl Carriers {
    pub fn add(&mut self, carrier: &str, arrival_delay_minutes: Option<i64>) {
        match self.0.get_mut(carrier) {
            Some(sums) => sums.add(arrival_delay_minutes),
            None => self.0.entry(carrier.to_owned()).or_default().add(arrival_delay_minutes),
        }
    }

    pub fn report(&self) -> Report {
        let mut all = Sums::default();
        for sums in self.0.values() {
            all.flights += sums.flights;
            all.arrived += sums.arrived;
            all.late += sums.late;
            all.delay_minutes += sums.delay_minutes;
        }
        let carriers = self.0.iter().map(|(carrier, sums)| (carrier.clone(), sums.figures()));
        Report { all: all.figures(), carriers: carriers.collect() }
    }
}

impl Sums {
    fn add(&mut self, arrival_delay_minutes: Option<i64>) {
        self.flights += 1;
        if let Some(minutes) = arrival_delay_minutes {
            self.arrived += 1;
            self.late += u64::from(minutes > LATE_MINUTES);
            self.delay_minutes += minutes;
        }
    }

    fn figures(&self) -> Figures {
        let mean = self.delay_minutes as f64 / self.arrived as f64;
        Figures {
            flights: self.flights,
            with_arrival_delay: self.arrived,
            late: self.late,
            mean_arrival_delay_minutes: (self.arrived > 0).then(|| (mean * 100.0).round() / 100.0),
        }
    }
}
