//! A command that panics: it has only its standard error to say so.

fn main() {
    panic!("without a report");
}
