//! The demonstration.
pub fn demo() -> Result<(), String> {
    Err("x".into())
}
