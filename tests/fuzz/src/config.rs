//! `cofferdam.toml`: whatever is wrong with it is told with its line.

use cofferdam::from_outside;

/// Any bytes as the configuration file, and as the value of every variable of the environment.
pub fn config(bytes: &[u8]) {
    let told = from_outside::config(bytes);
    if let Ok(mistakes) = &told {
        let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count();
        for (line, what) in mistakes {
            assert!((1..=lines).contains(line) && !what.is_empty(), "{line}: {what}");
        }
        assert!(mistakes.is_sorted_by_key(|(line, _)| line), "{mistakes:?}");
    }
    assert_eq!(told, from_outside::config(bytes), "it says the same again");
    if let Ok(text) = std::str::from_utf8(bytes)
        && bytes.len() <= 256
    {
        from_outside::variables(text);
    }
}
