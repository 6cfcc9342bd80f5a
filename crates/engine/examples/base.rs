//! Makes a base of a table of known files: `base MANIFEST OUT`.
use cognate_engine::{Engine, EngineOptions, known_files};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let path = std::path::Path::new(&args[1]);
    let files = known_files(path, &std::fs::read_to_string(path).unwrap()).unwrap();
    let engine = Engine::new(EngineOptions::default(), 0).unwrap();
    let (bytes, left) = engine.build_base(&files, &cognate_base::NoProgress).unwrap();
    for (path, reason) in left {
        eprintln!("{}: {reason}", path.display());
    }
    let base = cognate_components::Base::open(bytes).unwrap();
    eprintln!("{} bytes, keys {:?}, population {:?}", base.size(), base.keys(), base.population());
    for c in base.components() {
        eprintln!("{} {} {} {}", c.name, c.versions.join(","), c.functions, c.builds);
    }
    std::fs::write(&args[2], base.bytes()).unwrap();
}
