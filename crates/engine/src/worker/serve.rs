//! The worker: confines itself, then does one job after another until its input ends.

use super::protocol::{Answer, Before, Hello, Job, receive, send};
use super::{Confinement, confine};
use crate::analysis::analyse_as;
use crate::{Analysis, EngineOptions};
use cognate_base::{Gap, SampleId};
use cognate_binary::{FileBytes, Listing, Member, Outline, Step, Walk};
use std::cell::{Cell, RefCell};
use std::io::{self, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

/// Bytes of answers that are gathered before they are sent.
const BUFFER: usize = 256 << 10;

/// Does what the program at the other end of standard input asks until that ends.
///
/// To be called by a program that was started as a [`Worker`](super::Worker), first
/// thing and from its only thread. It reads jobs from standard input and answers on
/// standard output; nothing else may use them. It ends the process when the other
/// end is gone.
pub fn serve() -> ExitCode {
    match Server::start().and_then(|mut server| server.work()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Its last words, which the parent reads where there is one.
            let _ = write!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

struct Server {
    options: EngineOptions,
    input: io::StdinLock<'static>,
    output: Output,
    scratch: Vec<u8>,
    /// The sample that may be asked about.
    hand: Option<Analysis>,
}

/// Where answers go.
struct Output {
    to: BufWriter<io::StdoutLock<'static>>,
    scratch: Vec<u8>,
}

impl Output {
    fn say(&mut self, answer: &Answer) -> io::Result<()> {
        send(&mut self.to, answer, &mut self.scratch)
    }

    fn gaps(&mut self, gaps: impl IntoIterator<Item = Gap>) -> io::Result<()> {
        gaps.into_iter().try_for_each(|gap| self.say(&Answer::Gap(gap)))
    }
}

impl Server {
    fn start() -> io::Result<Server> {
        let mut input = io::stdin().lock();
        let mut scratch = Vec::new();
        let hello = receive::<Hello>(&mut input, &mut scratch)?;
        let (Hello { options, threads }, _) = hello.ok_or(io::ErrorKind::UnexpectedEof)?;
        let confinement: Confinement = confine(&options.limits, threads, || start_threads(threads))?;
        let to = BufWriter::with_capacity(BUFFER, io::stdout().lock());
        let mut output = Output { to, scratch: Vec::new() };
        output.say(&Answer::Ready(confinement))?;
        output.to.flush()?;
        Ok(Server { options, input, output, scratch, hand: None })
    }

    fn work(&mut self) -> io::Result<()> {
        while let Some((job, _)) = receive::<Job>(&mut self.input, &mut self.scratch)? {
            match job {
                Job::Walk { name, size, password, before } => {
                    self.walk(&name, size, password.as_deref(), &before)?;
                }
                Job::Sample { name, id, size } => self.sample(&name, SampleId(id), size, false)?,
                Job::Examine { name, id, size } => self.sample(&name, SampleId(id), size, true)?,
                Job::Listing { address } => self.listing(address)?,
                Job::Expressions { addresses } => self.expressions(&addresses)?,
            }
            self.output.to.flush()?;
        }
        Ok(())
    }

    /// Receives a file, straight to where it stays.
    fn bytes(&mut self, size: u64) -> io::Result<FileBytes> {
        self.hand = None;
        let size = usize::try_from(size).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let mut bytes = vec![0; size];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }

    fn walk(&mut self, name: &str, size: u64, password: Option<&str>, before: &Before) -> io::Result<()> {
        let bytes = self.bytes(size)?;
        let Before { visited, fatal, unpacked } = before;
        let outcome = Cell::new(Ok(()));
        let output = RefCell::new(&mut self.output);
        let mut sent = 0;
        // What is said before a member is opened is heard whatever that comes to.
        let mut opening = |number: u32, gaps: &[Gap]| {
            if visited.binary_search(&number).is_ok() {
                return Step::PassOver;
            }
            if fatal.binary_search(&number).is_ok() {
                return Step::LeaveOut;
            }
            let output = &mut **output.borrow_mut();
            let new = gaps.get(sent..).unwrap_or_default().iter().cloned();
            sent = gaps.len();
            let said = output.gaps(new).and_then(|()| output.say(&Answer::Opening(number)));
            // Where it cannot be said the next member cannot be sent either, and that ends the walk.
            outcome.set(said.and_then(|()| output.to.flush()));
            Step::Open
        };
        let mut visit = |member: Member| {
            let output = &mut **output.borrow_mut();
            let size = member.bytes.len() as u64;
            let sent = output
                .say(&Answer::Member { name: member.name, size, whole: member.whole.map(|id| id.0) })
                .and_then(|()| output.to.write_all(&member.bytes))
                .and_then(|()| output.to.flush());
            let flow = if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
            outcome.set(sent);
            flow
        };
        let how = Walk { limits: &self.options.limits, password, unpacked: *unpacked };
        let gaps = cognate_binary::walk_again(name, bytes, &how, &mut opening, &mut visit);
        outcome.into_inner()?;
        self.output.gaps(gaps.into_iter().skip(sent))?;
        self.output.say(&Answer::End)
    }

    fn sample(&mut self, name: &str, id: SampleId, size: u64, examine: bool) -> io::Result<()> {
        let bytes = self.bytes(size)?;
        let mut analysis = match analyse_as(name, id, bytes, &self.options) {
            Ok(analysis) => analysis,
            Err(error) => return self.output.say(&Answer::Failed(error)),
        };
        if examine {
            self.outline(Outline::new(&analysis.loaded, &analysis.program))?;
        }
        let output = &mut self.output;
        let fingerprint = &mut analysis.fingerprint;
        let (format, arch, partial) = (fingerprint.format, fingerprint.arch, fingerprint.partial);
        for function in std::mem::take(&mut fingerprint.functions) {
            output.say(&Answer::Function(Box::new(function)))?;
        }
        for component in std::mem::take(&mut fingerprint.components) {
            output.say(&Answer::Component(component))?;
        }
        output.gaps(analysis.gaps().cloned())?;
        let (instructions, exhausted) = (analysis.program.instructions, analysis.exhausted);
        output.say(&Answer::Sample { format, arch, partial, instructions, exhausted })?;
        self.hand = examine.then_some(analysis);
        Ok(())
    }

    fn outline(&mut self, outline: Outline) -> io::Result<()> {
        let Outline { base, entry, traits, segments, functions } = outline;
        let output = &mut self.output;
        output.say(&Answer::Image { base, entry })?;
        traits.into_iter().try_for_each(|it| output.say(&Answer::Trait(it)))?;
        segments.into_iter().try_for_each(|it| output.say(&Answer::Segment(it)))?;
        functions.into_iter().try_for_each(|it| output.say(&Answer::Outline(it)))
    }

    fn listing(&mut self, address: u64) -> io::Result<()> {
        let Some(analysis) = &self.hand else { return Err(io::ErrorKind::InvalidData.into()) };
        match analysis.listing(address) {
            Err(error) => self.output.say(&Answer::Failed(error)),
            Ok(Listing { address, name, lines, ways, truncated }) => {
                for line in lines {
                    self.output.say(&Answer::Line(line))?;
                }
                self.output.say(&Answer::Listing { address, name, ways, truncated })
            }
        }
    }

    fn expressions(&mut self, addresses: &[u64]) -> io::Result<()> {
        let Some(analysis) = &self.hand else { return Err(io::ErrorKind::InvalidData.into()) };
        let output = &mut self.output;
        analysis.expressions(addresses, &self.options.limits, |expressions| {
            let Some(expressions) = expressions else { return output.say(&Answer::LeftOut) };
            expressions.into_iter().try_for_each(|it| output.say(&Answer::Expression(it)))?;
            output.say(&Answer::End)
        })
    }
}

/// Starts all threads that the worker will ever have.
///
/// The main thread is one of those that read: a worker of one thread starts none but the watch.
fn start_threads(threads: usize) -> io::Result<()> {
    watch_input()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread();
    pool.build_global().map_err(io::Error::other)?;
    // All of them are up before the system calls for starting threads are gone.
    rayon::broadcast(|_| ());
    Ok(())
}

/// Ends the process when the other end of standard input is gone, whatever it is doing.
#[cfg(unix)]
fn watch_input() -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    let watch = || {
        let input = io::stdin();
        loop {
            // Asked for nothing, `poll` tells of the end alone.
            let mut end = [PollFd::new(&input, PollFlags::empty())];
            match poll(&mut end, None) {
                // Nothing of it is worth an orderly end, and that would wait for the threads at work.
                Ok(_) => std::process::abort(),
                Err(rustix::io::Errno::INTR) => {}
                // Without it the worker ends at its next read or write.
                Err(_) => return,
            }
        }
    };
    std::thread::Builder::new().name("input".to_owned()).stack_size(64 << 10).spawn(watch).map(drop)
}

#[cfg(not(unix))]
fn watch_input() -> io::Result<()> {
    Ok(())
}
