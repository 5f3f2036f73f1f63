//! The figures of the report, counted here a second time and in another way, so that
//! the jobs' results are compared with something that they did not make themselves.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::run::Result;

/// What a report on this table must say.
pub fn figures(csv: &str) -> Result<Value> {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let place = |name: &str| {
        header
            .iter()
            .position(|column| *column == name)
            .ok_or_else(|| format!("the flights have no column `{name}`"))
    };
    let (carrier, delay) = (place("carrier")?, place("arr_delay")?);
    let mut delays: BTreeMap<&str, Vec<Option<i64>>> = BTreeMap::new();
    for line in lines {
        let columns: Vec<&str> = line.split(',').collect();
        let (Some(carrier), Some(delay)) = (columns.get(carrier), columns.get(delay)) else {
            return Err(format!("a flight with too few columns: `{line}`"));
        };
        delays.entry(carrier).or_default().push(delay.parse().ok());
    }
    let all: Vec<Option<i64>> = delays.values().flatten().copied().collect();
    let mut report = summary(&all);
    report["carriers"] =
        delays.iter().map(|(carrier, delays)| ((*carrier).to_owned(), summary(delays))).collect();
    Ok(report)
}

fn summary(delays: &[Option<i64>]) -> Value {
    let arrived: Vec<i64> = delays.iter().flatten().copied().collect();
    let mean = arrived.iter().sum::<i64>() as f64 / arrived.len() as f64;
    let mean = if arrived.is_empty() { Value::Null } else { json!((mean * 100.0).round() / 100.0) };
    json!({
        "flights": delays.len(),
        "with_arrival_delay": arrived.len(),
        "late": arrived.iter().filter(|minutes| **minutes > 15).count(),
        "mean_arrival_delay_minutes": mean,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flights_are_counted_by_carrier_and_a_missing_delay_is_no_delay() {
        let report = figures("carrier,arr_delay\nUA,16\nUA,15\nB6,NA\n").unwrap();
        assert_eq!(report["flights"], 3);
        assert_eq!(report["late"], 1);
        assert_eq!(report["mean_arrival_delay_minutes"], 15.5);
        assert_eq!(report["carriers"]["UA"]["with_arrival_delay"], 2);
        assert_eq!(report["carriers"]["B6"]["mean_arrival_delay_minutes"], Value::Null);
    }
}
