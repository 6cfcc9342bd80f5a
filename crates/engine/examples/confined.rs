//! Confines itself as a worker does, then tries what a worker may not do, and prints what came of it.

use cognate_base::Limits;
use cognate_engine::worker::confine;
use std::fs::File;
use std::io;
use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

fn main() -> io::Result<()> {
    let limits = Limits { memory: 64 << 20, file_bytes: 1 << 20, ..Limits::default() };
    let (turn, my_turn) = channel();
    let (tell_done, done) = channel();
    let start = || thread::Builder::new().spawn(move || other(&my_turn, &tell_done)).map(drop);
    let before = confine(&limits, 2, start)?;
    let active = (before.landlock.is_some(), before.seccomp, before.no_new_files);
    print(&format!("landlock {} seccomp {} no-new-files {}", active.0, active.1, active.2));
    if std::env::args().nth(1).as_deref() == Some("grow") {
        grow();
    }
    tell("open", File::open("/etc/hostname"));
    tell("create", File::create("/tmp/cognate-confined"));
    tell("list", std::fs::read_dir("/"));
    tell("connect", TcpStream::connect("127.0.0.1:9"));
    tell("bind", UdpSocket::bind("127.0.0.1:0"));
    tell("run", Command::new("/bin/true").status());
    tell("thread", thread::Builder::new().spawn(|| ()));
    let memory: Vec<u8> = vec![1; 8 << 20];
    print(&format!("memory {}", memory.len()));
    // The thread that was there before is held as well.
    turn.send(()).map_err(io::Error::other)?;
    done.recv().map_err(io::Error::other)
}

fn other(turn: &Receiver<()>, done: &Sender<()>) {
    if turn.recv().is_ok() {
        tell("open on a thread", File::open("/etc/hostname"));
        // Who waits for it is there: the process ends only then.
        let _ = done.send(());
    }
}

/// Takes memory until there is none.
fn grow() {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    for _ in 0..256 {
        taken.push(vec![1; 16 << 20]);
    }
    print(&format!("took {} blocks", taken.len()));
}

fn tell<T>(what: &str, outcome: io::Result<T>) {
    match outcome {
        Ok(_) => print(&format!("{what}: done")),
        Err(error) => print(&format!("{what}: {:?}", error.kind())),
    }
}

#[allow(clippy::print_stdout)]
fn print(line: &str) {
    println!("{line}");
}
