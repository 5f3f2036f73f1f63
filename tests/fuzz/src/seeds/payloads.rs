//! Payloads to begin with, each after the byte of its reader.

use cofferdam_store::redis::from_outside::{packed, packed_report};

use crate::payload::WORDS;

const REPORT: &str = r#"{"outcome":"completed","exit_code":0,"id":"01m81r3rmf2hsar5mfe12y5f1j","attempt":1,"kind":"bench.noop","module":"sha256:654e6522d30a94644ddee990ca15777f71d9a00b10dc0c1d1c0a2984b333664b","memory":{"cap_bytes":1048576,"peak_bytes":131320},"host":{"allowance_bytes":4194304,"peak_bytes":524292},"fuel":{"cap":1000000000000,"used":56,"model":1},"wall_ms":0,"checkpoint":{"count":0,"bytes":0}}"#;
const FAILED: &str = r#"{"outcome":"failed","exit_code":1,"id":"a","attempt":2,"kind":"k","memory":{"cap_bytes":1,"peak_bytes":1,"requested_bytes":9},"host":{"allowance_bytes":1,"peak_bytes":1},"fuel":{"cap":1,"used":1,"model":1,"lower_bound":true},"wall_ms":3,"checkpoint":{"count":1,"bytes":2},"resumed":true,"message":"no","output":null,"children":["a.1"],"stdout":"x","stderr":"y","backtrace":["f (a.rs:1)"],"snoozed_ms":5}"#;
const HASH: &str = "sha256:0707070707070707070707070707070707070707070707070707070707070707";

fn of(word: &str, bytes: &[u8]) -> Vec<u8> {
    let place = WORDS.iter().position(|known| *known == word);
    let byte = place.and_then(|place| u8::try_from(place).ok()).expect("a reader of this name");
    [&[byte], bytes].concat()
}

pub fn payloads() -> Vec<Vec<u8>> {
    let head = format!(
        r#"{{"cofferdam_checkpoint":2,"kind":"a","module":"{HASH}","checkpoint_version":1,"next_effect":3,"count":9,"state_bytes":5,"input":"{HASH}"}}"#
    );
    let wrote = format!("{HASH} 1 3 9 1000 5");
    let handed = format!(
        "*9\r\n:1\r\n:1000\r\n$1\r\nw\r\n$2\r\nff\r\n$7\r\nq k 0 -\r\n$71\r\n{HASH}\r\n$1\r\nl\r\n:5\r\n$16\r\nq k 1000 - id rx\r\n"
    );
    let looked =
        "*8\r\n:1\r\n$15\r\nq k 1 - id rabc\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n";
    let texts = [
        ("checkpoint", format!("{head}\nstate").as_str().to_owned()),
        ("child", r#"{"kind":"b","input":{"z":1.0,"a":9007199254740993},"queue":"q","delay_ms":5}"#.into()),
        ("child", r#"{"kind":"B","queu":"x"}"#.into()),
        ("jobs", "{\"kind\":\"a.b\",\"input\": {\"n\": [1, 2]},\"id\":\"one\",\"queue\":\"mail\",\"in\":\"10s\"}\r\n\n{\"kind\":\"a\",\"at\":\"1970-01-02T00:00:00Z\"}".into()),
        ("jobs", "{\"kind\":\"a\",\"queu\":\"mail\"}".into()),
        ("json", " {\"a\": [null, 1e3, \"\\u00e4\"]}\n".into()),
        ("names", "reports.daily-2_x".into()),
        ("names", HASH.into()),
        ("names", "a".repeat(200)),
        ("quantities", "64MiB".into()),
        ("quantities", "250ms".into()),
        ("quantities", "10G".into()),
        ("times", "2026-03-01T13:00:00.250+01:00".into()),
        ("times", "1970-01-01T00:00:00Z".into()),
        ("times", "10m".into()),
        ("reports", REPORT.into()),
        ("reports", FAILED.into()),
        ("packed", REPORT.into()),
        ("packed", FAILED.repeat(4)),
        ("records", "1 w 1000 2 0 0 0 0 0 0 0 5 6".into()),
        ("records", "3-00000000000000ff w 4 1000 worker".into()),
        ("records", "5 2000 1000 w 3-00000000000000ff m completed 0 0 0 0 0 0 0 5 6 2 3 nor{}".into()),
        ("records", "3-00000000000000ff w failed 1000 2000 r{}".into()),
        ("records", wrote),
        ("records", "q k 1000 - id rx".into()),
        ("records", format!("q k 1 {HASH}:2")),
        ("message", handed),
        ("message", looked.to_owned()),
    ];
    let mut seeds: Vec<Vec<u8>> = texts.iter().map(|(word, text)| of(word, text.as_bytes())).collect();
    seeds.push(of("packed", &packed(&REPORT.as_bytes().repeat(8))));
    seeds.push(of("packed", &packed_report(REPORT.as_bytes())));
    seeds.push(of("packed", &packed_report(FAILED.as_bytes())));
    seeds
}
