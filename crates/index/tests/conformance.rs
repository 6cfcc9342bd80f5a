//! Both stores of this crate pass the suite that every store must pass.

use cognate_index::{Embedded, Memory, conformance};
use std::cell::RefCell;

#[test]
fn the_embedded_store_conforms() {
    let dirs = RefCell::new(Vec::new());
    conformance::check(|| {
        let dir = tempfile::tempdir().expect("a directory");
        let store = Embedded::open(dir.path()).expect("a store");
        dirs.borrow_mut().push(dir);
        store
    });
}

#[test]
fn the_reference_store_conforms() {
    conformance::check(Memory::new);
}
