//! Wrong uses of `#[job]` are compile errors that say what to write instead.
//!
//! One file for each group of mistakes, with the compiler's words beside it.
//! After a deliberate change of a text: `TRYBUILD=overwrite cargo test -p cofferdam-sdk --test macro_errors`.

#[test]
fn wrong_uses_of_the_attribute_are_explained_at_their_place() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
