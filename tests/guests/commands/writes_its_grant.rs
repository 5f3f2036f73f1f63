//! Writes a file into its grant, and reads it back.

fn main() -> std::io::Result<()> {
    std::fs::write("/out/result.txt", "written inside\n")?;
    print!("{}", std::fs::read_to_string("/out/result.txt")?);
    Ok(())
}
