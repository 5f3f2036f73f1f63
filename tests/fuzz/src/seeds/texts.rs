//! Manifests and configurations to begin with.

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub fn manifests() -> Vec<Vec<u8>> {
    bytes(&[
        r#"{}"#,
        r#"{"kind":"a"}"#,
        r#"{"abi":1,"kind":"reports.daily","queue":"mail","memory":"16MiB","memory_ladder":["64MiB","1GiB"],"fuel":"10G","fuel_total":"1T","timeout":"30s","timeout_total":"1h","retries":3,"on_memory_limit":"deny","drain":"finish","checkpoint_version":2,"host_allowance":"8MiB","output":"json","grants":{"read":["data"],"write":["out"]},"sdk":"cofferdam-sdk 0.1.0"}"#,
        r#"{"kind":"a","memory_bytes":65536,"memory_ladder_bytes":[131072],"timeout_ms":250,"timeout_total_ms":500,"host_allowance_bytes":1048576,"on_memory_limit":"trap","drain":"interrupt","output":"text"}"#,
        r#"{"kind":"a","memory":"4GiB","fuel":"500M","timeout":"1d","grants":{}}"#,
        r#"{"kind":"a","memory":18446744073709551615,"fuel":0}"#,
        r#"{"kind":null,"memory":null,"memory_ladder":null,"grants":null}"#,
        r#"{"kind":"a"}{"kind":"b"}"#,
        r#"{"kind":"a","reed":1e400,"\ud800":-1}"#,
    ])
}

pub fn configurations() -> Vec<Vec<u8>> {
    bytes(&[
        "",
        "[store]\nurl = \"redis://:secret@localhost:6379/1?name=mail\"\nsynchronous = \"full\"\n",
        "[store]\nurl = \"rediss+sentinel://u:p@a,b:26380/main/3\"\nrequire_durable = true\n",
        "[worker]\nqueues = [\"mail=3\", \"default\"]\nconcurrency = 8\nprocesses = 2\nmemory_budget = \"1GiB\"\ndrain_timeout = \"25s\"\nlease = \"15s\"\n",
        "[limits]\ninput = \"1MiB\"\noutput = 5\nmodule = \"64MiB\"\n[compile]\nmemory = \"2GiB\"\n",
        "[retention]\ncompleted = \"1d\"\ndead = 100\n[policy]\nmemory_max = \"1GiB\"\nfuel_max = \"10T\"\n",
        "[cache]\ndir = \"cache\"\n[log]\nlevel = \"info,cofferdam_worker=debug\"\nformat = \"json\"\n",
        "[grants.data]\nread = \"/srv/data\"\nkinds = [\"reports.*\"]\n[grants.out]\nwrite = \"out\"\nkinds = [\"*\"]\nquota = \"1GiB\"\nfiles = 100\n",
        "[[store]]\nurl = 1979-05-27T07:32:00Z\n[worker]\nconcurrency = 0x10\nqueues = 'all'\n",
        "a = {b = [1, 2.5, nan], c = \"\"\"\nx\"\"\"}\n[stroe]\nurl = 1\n",
        "redis+cluster://a:7000,[::1]:7001",
        "cofferdam_store=debug,info[span{field=1}]=trace",
    ])
}
