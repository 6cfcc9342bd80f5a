//! A worker that misbehaves when it reads `UNRULY`, for tests: it stands between its parent and a
//! true worker (first argument) and does what the second argument says: `output` makes it end when the
//! true worker says it instead.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Where it starts to misbehave.
const MARK: &[u8] = b"UNRULY";

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [program, how] = arguments.as_slice() else { return Ok(()) };
    if how == "output" {
        return speak_until_mark(program);
    }
    let mut worker = Command::new(program).stdin(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let Some(mut to) = worker.stdin.take() else { return Ok(()) };
    let mut from = std::io::stdin().lock();
    let (mut bytes, mut tail) = (vec![0; 64 << 10], Vec::new());
    loop {
        let count = from.read(&mut bytes)?;
        let read = bytes.get(..count).unwrap_or_default();
        if read.is_empty() {
            drop(to);
            return worker.wait().map(drop);
        }
        tail.extend_from_slice(read);
        if tail.windows(MARK.len()).any(|window| window == MARK) {
            return misbehave(how, &mut worker);
        }
        tail.drain(..tail.len().saturating_sub(MARK.len()));
        to.write_all(read)?;
    }
}

/// Passes on what a worker says, to where the mark begins.
fn speak_until_mark(program: &str) -> std::io::Result<()> {
    let mut worker = Command::new(program).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let Some(mut from) = worker.stdout.take() else { return Ok(()) };
    let mut out = std::io::stdout().lock();
    let mut bytes = vec![0; 64 << 10];
    loop {
        let count = from.read(&mut bytes)?;
        let read = bytes.get(..count).unwrap_or_default();
        let mark = read.windows(MARK.len()).position(|window| window == MARK);
        out.write_all(read.get(..mark.unwrap_or(count)).unwrap_or_default())?;
        out.flush()?;
        if mark.is_some() {
            worker.kill()?;
            worker.wait()?;
            std::process::exit(3);
        }
        if read.is_empty() {
            return worker.wait().map(drop);
        }
    }
}

fn misbehave(how: &str, worker: &mut Child) -> std::io::Result<()> {
    worker.kill()?;
    worker.wait()?;
    let mut out = std::io::stdout().lock();
    match how {
        "exit" => std::process::exit(3),
        "abort" => std::process::abort(),
        "panic" => panic!("as asked"),
        "hang" => loop {
            std::thread::sleep(Duration::from_secs(3600));
        },
        "garbage" => out.write_all(b"\x03\0\0\0\xff\xff\xff").and_then(|()| out.flush()),
        "huge" => out.write_all(&[0xff; 4096]).and_then(|()| out.flush()),
        // A gap, again and again: the whole file, no subject, no reason.
        "flood" => loop {
            out.write_all(b"\x05\0\0\0\x02\0\0\0\0")?;
        },
        "stack" => {
            std::hint::black_box(deeper(1));
            Ok(())
        }
        _ => Ok(()),
    }
}

#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    let here = std::hint::black_box([depth; 512]);
    deeper(depth + 1) + here.iter().sum::<u64>()
}
