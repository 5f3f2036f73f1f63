//! The manifest that an attribute becomes, to the byte.

use quote::quote;

use crate::arguments::Arguments;
use crate::manifest;

fn manifest(arguments: proc_macro2::TokenStream) -> String {
    let arguments: Arguments = syn::parse2(arguments).expect("the arguments are well-formed");
    manifest::json(proc_macro2::Span::call_site(), &arguments).expect("the arguments are right")
}

#[test]
fn every_key_is_written_in_the_canonical_order_and_unit() {
    let json = manifest(quote! {
        grants(read = "flights", write = ["out", "tmp"]), host_allowance = "8MiB", checkpoint_version = 2,
        drain = "finish", on_memory_limit = "deny", retries = 5, timeout_total = "2h", timeout = "1h",
        fuel_total = "1T", fuel = "50G", memory_ladder = ["64MiB", "256MiB"], memory = "16MiB",
        queue = "reports", kind = "flights.delays",
    });
    assert_eq!(
        json,
        format!(
            concat!(
                r#"{{"abi":1,"kind":"flights.delays","queue":"reports","memory_bytes":16777216,"#,
                r#""memory_ladder_bytes":[67108864,268435456],"fuel":50000000000,"fuel_total":1000000000000,"#,
                r#""timeout_ms":3600000,"timeout_total_ms":7200000,"retries":5,"on_memory_limit":"deny","#,
                r#""drain":"finish","checkpoint_version":2,"host_allowance_bytes":8388608,"#,
                r#""grants":{{"read":["flights"],"write":["out","tmp"]}},"sdk":"rust {}"}}"#
            ),
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[test]
fn keys_that_are_left_out_are_left_to_the_host() {
    let json = manifest(quote!(kind = "noop"));
    assert_eq!(json, format!(r#"{{"abi":1,"kind":"noop","sdk":"rust {}"}}"#, env!("CARGO_PKG_VERSION")));
}
