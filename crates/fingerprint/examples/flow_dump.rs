//! Writes the data-flow features of every function of files, for experiments: on stdout one line a
//! function, `number TAB path TAB address TAB instructions TAB blocks`, in `features.bin` records of
//! two words: the function's number, the feature. `tools/flow_rarity.py` learns from it.
//! With `--time` only says how long it took.
#![allow(clippy::print_stdout)]

use cognate_base::{Budget, Limits};
use cognate_binary::{LoadOptions, load, recover};
use cognate_fingerprint::{Reader, Scratch};
use std::io::Write;

fn main() {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let Ok(file) = std::fs::File::create("features.bin") else { return };
    let mut records = std::io::BufWriter::new(file);
    let mut id = 0u32;
    let mut scratch = Scratch::default();
    let (mut instructions, mut time) = (0u64, std::time::Duration::ZERO);
    let timed = std::env::args().any(|argument| argument == "--time");
    for path in std::env::args().skip(1).filter(|argument| argument != "--time") {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let mut budget = Budget::new(&Limits::default());
        let Ok(loaded) = load(bytes.into(), &LoadOptions::default(), &mut budget) else { continue };
        let program = recover(&loaded.image, &loaded.hints, &mut budget);
        let reader = Reader::within(&loaded, &program, &mut budget);
        for (index, function) in program.functions.iter().enumerate() {
            let start = std::time::Instant::now();
            let features = reader.flow_features(index, &mut scratch);
            time += start.elapsed();
            instructions += function.instructions();
            if timed {
                continue;
            }
            let _ = writeln!(
                out,
                "{id}\t{path}\t{:x}\t{}\t{}",
                function.address,
                function.instructions(),
                function.blocks.len()
            );
            for feature in features {
                let _ = records.write_all(&id.to_le_bytes());
                let _ = records.write_all(&feature.to_le_bytes());
            }
            id += 1;
        }
    }
    let seconds = time.as_secs_f64();
    let _ = writeln!(
        out,
        "# {instructions} instructions in {seconds:.2} s, {:.0} a second",
        instructions as f64 / seconds
    );
}
