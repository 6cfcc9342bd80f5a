//! What a worker gives up before it sees the first hostile byte.
//!
//! Three fences, each of which holds alone: limits of the process, no access to
//! files and network (`landlock`), and a list of the system calls that are left
//! (`seccomp`): memory, locks, the clock, its own pipes, its own end. Where the
//! system lacks one, the worker runs without it and [`Confinement`] says so.

use super::GRACE;
use cognate_base::Limits;
use serde::{Deserialize, Serialize};

/// Memory a worker may use beside what the limits let one sample keep: tables of the
/// disassembler, room to work in, stacks.
const WORKING_MEMORY: u64 = 512 << 20;
/// Copies of the file that may exist at once: an archive and the member that is unpacked from it.
const FILE_COPIES: u64 = 2;

/// What keeps a worker in, as far as this system has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Bytes of memory that the system lets it use.
    pub memory: Option<u64>,
    /// Seconds of processor time, all its threads and files together.
    pub cpu_seconds: Option<u64>,
    /// It opens no further file, writes none and leaves no memory dump (limits of the process).
    pub no_new_files: bool,
    /// The version of Landlock's interface in force: no access to files, network and other processes.
    pub landlock: Option<u32>,
    /// Only the system calls that reading takes are left (seccomp).
    pub seccomp: bool,
}

impl Confinement {
    /// Whether all that this program knows of is in force.
    pub fn is_whole(&self) -> bool {
        self.memory.is_some()
            && self.cpu_seconds.is_some()
            && self.no_new_files
            && self.landlock.is_some()
            && self.seccomp
    }
}

/// Gives up what reading does not need, for good; `start` starts the threads that the process will have.
///
/// To be called once, from the only thread there is, with `threads` as in the limits
/// that the sample is read under. Threads cannot be started afterwards.
pub fn confine<E>(
    limits: &Limits,
    threads: usize,
    start: impl FnOnce() -> Result<(), E>,
) -> Result<Confinement, E> {
    // Landlock first: it needs a descriptor for its own making.
    let landlock = system::landlock();
    let mut confinement = limit(limits, threads);
    confinement.landlock = landlock;
    start()?;
    confinement.seccomp = system::seccomp();
    Ok(confinement)
}

/// The bound on a worker's memory.
fn memory(limits: &Limits) -> u64 {
    let files = limits.file_bytes.saturating_mul(FILE_COPIES);
    limits.memory.saturating_add(files).saturating_add(WORKING_MEMORY)
}

/// The bound on a worker's processor time: a worker that has used up half of it gets no further file.
fn cpu_seconds(limits: &Limits, threads: usize) -> u64 {
    let one = limits.time.saturating_add(GRACE).as_secs();
    one.saturating_mul(2).saturating_mul(threads.max(1) as u64).saturating_add(1)
}

#[cfg(unix)]
fn limit(limits: &Limits, threads: usize) -> Confinement {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let set = |resource, value: u64| {
        let most = getrlimit(resource).maximum.map_or(value, |most| most.min(value));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).is_ok().then_some(most)
    };
    // The allocator reserves addresses far beyond what it uses, so the bound is on data, not on addresses.
    let memory = set(Resource::Data, memory(limits));
    let cpu_seconds = set(Resource::Cpu, cpu_seconds(limits, threads));
    // Standard input, output and error stay; `poll` may be asked about as many.
    let files = [set(Resource::Nofile, 3), set(Resource::Fsize, 0), set(Resource::Core, 0)];
    let no_new_files = files.iter().all(Option::is_some);
    Confinement { memory, cpu_seconds, no_new_files, ..Confinement::default() }
}

#[cfg(not(unix))]
fn limit(limits: &Limits, threads: usize) -> Confinement {
    let _ = (memory(limits), cpu_seconds(limits, threads));
    Confinement::default()
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod system {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetError, RulesetStatus,
        Scope,
    };
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, TargetArch,
    };
    use std::collections::BTreeMap;

    /// Denies all that Landlock knows of; tells the version in force.
    pub(super) fn landlock() -> Option<u32> {
        let restrict = || -> Result<_, RulesetError> {
            let all = Ruleset::default()
                .handle_access(AccessFs::from_all(ABI::V6))?
                .handle_access(AccessNet::from_all(ABI::V6))?
                .scope(Scope::from_all(ABI::V6))?;
            all.create()?.restrict_self()
        };
        let status = restrict().ok()?;
        match (status.ruleset, status.landlock) {
            (RulesetStatus::NotEnforced, _) => None,
            (_, LandlockStatus::Available { effective_abi, .. }) => Some(effective_abi as u32),
            _ => None,
        }
    }

    /// Leaves the system calls below to all threads; every other fails with "not permitted".
    pub(super) fn seccomp() -> bool {
        let Some(program) = filter() else { return false };
        seccompiler::apply_filter_all_threads(&program).is_ok()
    }

    /// Calls that are left whatever they are called with: memory, locks, clock, signals to come back from, the end.
    const ALWAYS: &[i64] = &[
        libc::SYS_brk,
        libc::SYS_clock_getres,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_close,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_futex,
        libc::SYS_getcpu,
        libc::SYS_getpid,
        libc::SYS_getrandom,
        libc::SYS_gettid,
        libc::SYS_gettimeofday,
        libc::SYS_madvise,
        libc::SYS_membarrier,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_nanosleep,
        libc::SYS_ppoll,
        libc::SYS_restart_syscall,
        libc::SYS_rseq,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_set_robust_list,
        libc::SYS_sigaltstack,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll,
    ];

    fn filter() -> Option<BpfProgram> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            ALWAYS.iter().map(|call| (*call, Vec::new())).collect();
        let pid = u64::from(std::process::id());
        // Standard input is read, output and error are written; nothing else that may have been inherited.
        for (calls, descriptors) in
            [([libc::SYS_read, libc::SYS_readv], &[0][..]), ([libc::SYS_write, libc::SYS_writev], &[1, 2])]
        {
            for call in calls {
                rules.insert(call, descriptors.iter().map(|it| equal(0, *it)).collect::<Option<_>>()?);
            }
        }
        // Memory, but none that could be executed: protection is the third argument of both.
        let executable = SeccompCmpOp::MaskedEq(u64::from(libc::PROT_EXEC.unsigned_abs()));
        for call in [libc::SYS_mmap, libc::SYS_mprotect] {
            rules.insert(call, vec![rule(2, executable.clone(), 0)?]);
        }
        // `abort` sends itself a signal.
        rules.insert(libc::SYS_tgkill, vec![equal(0, pid)?]);
        let arch = TargetArch::try_from(std::env::consts::ARCH).ok()?;
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        SeccompFilter::new(rules, denied, SeccompAction::Allow, arch).ok()?.try_into().ok()
    }

    fn equal(argument: u8, value: u64) -> Option<SeccompRule> {
        rule(argument, SeccompCmpOp::Eq, value)
    }

    fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> Option<SeccompRule> {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value).ok()?;
        SeccompRule::new(vec![condition]).ok()
    }
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod system {
    /// There is no Landlock here.
    pub(super) fn landlock() -> Option<u32> {
        None
    }

    /// There is no seccomp here.
    pub(super) fn seccomp() -> bool {
        false
    }
}
