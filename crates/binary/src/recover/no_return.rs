//! Which functions never return to their caller.

use super::chains::Chains;
use super::index::{EntryIndex, FunctionIndex};
use super::stored::Stored;
use crate::{CallTarget, Hints};
use cognate_base::Budget;
use std::collections::{BTreeSet, HashMap};

/// Imports known never to return (ISO C, POSIX, glibc, libstdc++, Win32, MSVC run-time).
const NAMES: &[&str] = &[
    "exit",
    "_exit",
    "_Exit",
    "quick_exit",
    "abort",
    "__assert_fail",
    "__assert",
    "__assert_rtn",
    "_assert",
    "_wassert",
    "__stack_chk_fail",
    "__fortify_fail",
    "__chk_fail",
    "longjmp",
    "_longjmp",
    "siglongjmp",
    "__longjmp_chk",
    "__libc_start_main",
    "pthread_exit",
    "thrd_exit",
    "err",
    "errx",
    "verr",
    "verrx",
    "__cxa_throw",
    "__cxa_rethrow",
    "__cxa_bad_cast",
    "__cxa_bad_typeid",
    "__cxa_throw_bad_array_new_length",
    "__cxa_pure_virtual",
    "_Unwind_Resume",
    "_Unwind_Resume_or_Rethrow",
    "_ZSt9terminatev",
    "_ZSt10unexpectedv",
    "_ZSt17__throw_bad_allocv",
    "_ZSt20__throw_length_errorPKc",
    "_ZSt19__throw_logic_errorPKc",
    "_ZSt20__throw_out_of_rangePKc",
    "_ZSt24__throw_out_of_range_fmtPKcz",
    "_ZSt16__throw_bad_castv",
    "_ZSt25__throw_bad_function_callv",
    "_ZSt24__throw_invalid_argumentPKc",
    "_ZSt21__throw_runtime_errorPKc",
    "_ZSt28__throw_bad_array_new_lengthv",
    "_ZSt20__throw_system_errori",
    "ExitProcess",
    "ExitThread",
    "FreeLibraryAndExitThread",
    "RtlExitUserThread",
    "RaiseFailFastException",
    "_CxxThrowException",
    "__std_terminate",
    "terminate",
    "?terminate@@YAXXZ",
    "_invoke_watson",
    "_invalid_parameter_noinfo_noreturn",
    "_amsg_exit",
    "_purecall",
    "__report_rangecheckfailure",
    "__fastfail",
    "_cexit_noreturn",
    "rust_panic",
    "rust_begin_unwind",
    "Py_FatalError",
    "_Py_FatalErrorFunc",
    "Py_Exit",
    "g_assertion_message_expr",
];

/// Whether an import of this name never returns, decoration and version aside.
fn is_name(name: &str) -> bool {
    let plain = name.split('@').next().unwrap_or(name);
    let plain = if plain.is_empty() { name } else { plain };
    NAMES.contains(&plain) || plain.strip_prefix('_').is_some_and(|rest| NAMES.contains(&rest))
}

/// The slots and stubs of imports that never return.
fn imports(hints: &Hints) -> BTreeSet<u64> {
    hints.imports.iter().filter(|(_, import)| is_name(&import.name)).map(|(&slot, _)| slot).collect()
}

/// What does not return, and who waits to hear of it.
///
/// A function never returns where all its ways end in a stop or in a function that does not
/// return. Starts from none, so a cycle of functions that call each other counts as returning.
/// Each call and each tail call is looked at once, when its target is found not to return.
pub struct NoReturn {
    /// Functions, slots and stubs of imports.
    addresses: BTreeSet<u64>,
    /// By target, the latest of those that wait for it. Never walked through, only asked.
    waiting: HashMap<u64, EntryIndex>,
    waiters: Chains<Waiter>,
    /// Functions found never to return whose waiters do not know it yet.
    news: Vec<FunctionIndex>,
}

/// A function waits to hear whether another returns.
struct Waiter {
    function: FunctionIndex,
    /// How often the function had been traced; what older traces waited for is void.
    version: u8,
    /// A jump, which lets the function itself not return; otherwise a call, behind which it ends.
    tail: bool,
}

/// What a waiter is charged, with its share of the table of targets.
pub const KEPT_FOR_WAITER: u64 = 48;

impl NoReturn {
    /// Knows of imports only.
    pub fn new(hints: &Hints) -> Self {
        let (waiting, waiters) = (HashMap::new(), Chains::new());
        NoReturn { addresses: imports(hints), waiting, waiters, news: Vec::new() }
    }

    /// What does not return.
    pub fn addresses(&self) -> &BTreeSet<u64> {
        &self.addresses
    }

    /// Takes in a function that was traced; says how many waiters that made.
    ///
    /// `callees` are the functions that it calls and that return as far as is known.
    pub fn add(&mut self, index: FunctionIndex, stored: &mut Stored, callees: &[u64]) -> u64 {
        let before = self.waiters.len();
        for &callee in callees {
            if !self.addresses.contains(&callee) {
                self.wait(callee, Waiter { function: index, version: stored.version, tail: false });
            }
        }
        let settled = self.addresses.contains(&stored.function.address);
        if !settled && !stored.returns && !stored.open && !stored.function.blocks.is_empty() {
            self.add_tails(index, stored);
        }
        (self.waiters.len() - before) as u64
    }

    /// A function that neither returns nor has ways that were not followed: it does not return where nothing that it
    /// jumps to does.
    fn add_tails(&mut self, index: FunctionIndex, stored: &mut Stored) {
        let tails = stored.function.calls.iter().filter(|call| call.tail);
        let mut any = false;
        let mut open: Vec<u64> = Vec::new();
        for call in tails {
            any = true;
            match call.target {
                CallTarget::Function(target) | CallTarget::Import(target)
                    if self.addresses.contains(&target) => {}
                CallTarget::Function(target) => open.push(target),
                CallTarget::Import(_) | CallTarget::Unknown => return,
            }
        }
        stored.waits_for = u32::try_from(open.len()).unwrap_or(u32::MAX);
        if open.is_empty() {
            // A loop without a way out is no proof: it may leave by a jump we could not follow.
            if stored.stops || any {
                self.news.push(index);
            }
        }
        for target in open {
            self.wait(target, Waiter { function: index, version: stored.version, tail: true });
        }
    }

    fn wait(&mut self, target: u64, waiter: Waiter) {
        let before = self.waiting.get(&target).copied();
        if let Some(latest) = self.waiters.push(waiter, before) {
            self.waiting.insert(target, latest);
        }
    }

    /// Follows what is new to everybody who waited for it, and hands those who were traced under
    /// the assumption that it returns to `stale`. What the budget does not reach stays to be done.
    pub fn spread(
        &mut self,
        functions: &mut [Stored],
        budget: &mut Budget,
        mut stale: impl FnMut(FunctionIndex, &mut Stored),
    ) {
        while let Some(&index) = self.news.last() {
            if budget.spend(1).is_err() {
                return;
            }
            self.news.pop();
            let Some(address) = index.of(functions).map(|stored| stored.function.address) else { continue };
            if !self.addresses.insert(address) {
                continue;
            }
            let mut reached = 0;
            for waiter in self.waiters.list(self.waiting.remove(&address)) {
                reached += 1;
                let Some(stored) = waiter.function.of_mut(functions) else { continue };
                if stored.version != waiter.version {
                    continue;
                }
                if !waiter.tail {
                    stale(waiter.function, stored);
                    continue;
                }
                stored.waits_for = stored.waits_for.saturating_sub(1);
                if stored.waits_for == 0 {
                    self.news.push(waiter.function);
                }
            }
            // where this fails, the next round of the loop says so
            let _ = budget.spend(reached);
        }
    }
}
