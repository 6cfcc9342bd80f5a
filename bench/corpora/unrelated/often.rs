//! The ten words that come most often.
use std::collections::HashMap;
use std::io::BufRead;

fn main() {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        line.split_whitespace().for_each(|word| *counts.entry(word.to_lowercase()).or_default() += 1);
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1));
    counts.iter().take(10).for_each(|(word, count)| println!("{count} {word}"));
}
