//! Adds up the columns of a table.
use std::io::Read;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let mut sums: Vec<f64> = Vec::new();
    for (line, row) in text.lines().enumerate() {
        for (column, cell) in row.split('\t').enumerate() {
            let number: f64 = cell.trim().parse().map_err(|error| format!("line {line}: {error}"))?;
            if sums.len() <= column {
                sums.resize(column + 1, 0.0);
            }
            sums[column] += number;
        }
    }
    println!("{}", sums.iter().map(|sum| format!("{sum:.3}")).collect::<Vec<_>>().join("\t"));
    Ok(())
}
