//! Which functions never return to their caller.

use super::store::State;
use crate::{CallTarget, Function, Hints};
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
    /// By target, the latest of the links that wait for it. Never walked through, only asked.
    waiting: HashMap<u64, u32>,
    links: Vec<Link>,
    /// Functions found never to return that nobody was told of yet.
    news: Vec<u32>,
}

/// A function waits to hear whether another returns.
struct Link {
    function: u32,
    /// The link before it to the same target.
    before: u32,
    /// How often the function had been traced; what older traces waited for is void.
    version: u8,
    /// A jump, which lets the function itself not return; otherwise a call, behind which it ends.
    tail: bool,
}

/// No link.
const NONE: u32 = u32::MAX;

/// What a link is charged, with its share of the table of targets.
pub const KEPT_FOR_LINK: u64 = 48;

impl NoReturn {
    /// Knows of imports only.
    pub fn new(hints: &Hints) -> Self {
        NoReturn { addresses: imports(hints), waiting: HashMap::new(), links: Vec::new(), news: Vec::new() }
    }

    /// What does not return.
    pub fn addresses(&self) -> &BTreeSet<u64> {
        &self.addresses
    }

    /// Takes in a function that was traced; says how many links that took.
    ///
    /// `callees` are the functions that it calls and that return as far as is known.
    pub fn add(&mut self, index: u32, state: &mut State, function: &Function, callees: &[u64]) -> u64 {
        let before = self.links.len();
        for &callee in callees {
            if !self.addresses.contains(&callee) {
                self.wait(callee, index, state.version, false);
            }
        }
        let settled = self.addresses.contains(&function.address);
        if !settled && !state.returns && !state.open && !function.blocks.is_empty() {
            self.add_tails(index, state, function);
        }
        (self.links.len() - before) as u64
    }

    fn add_tails(&mut self, index: u32, state: &mut State, function: &Function) {
        let tails = function.calls.iter().filter(|call| call.tail);
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
        state.waits_for = u32::try_from(open.len()).unwrap_or(u32::MAX);
        if open.is_empty() {
            // A loop without a way out is no proof: it may leave by a jump we could not follow.
            if state.stops || any {
                self.news.push(index);
            }
        }
        for target in open {
            self.wait(target, index, state.version, true);
        }
    }

    fn wait(&mut self, target: u64, function: u32, version: u8, tail: bool) {
        let Ok(next) = u32::try_from(self.links.len()) else { return };
        let before = self.waiting.insert(target, next).unwrap_or(NONE);
        self.links.push(Link { function, before, version, tail });
    }

    /// Follows what is new to everybody who waited for it, and hands those who were traced under
    /// the assumption that it returns to `stale`. What the budget does not reach stays to be done.
    pub fn spread(
        &mut self,
        functions: &[Function],
        states: &mut [State],
        budget: &mut Budget,
        mut stale: impl FnMut(u32, &mut State),
    ) {
        while let Some(&index) = self.news.last() {
            if budget.spend(1).is_err() {
                return;
            }
            self.news.pop();
            let Some(function) = functions.get(index as usize) else { continue };
            if !self.addresses.insert(function.address) {
                continue;
            }
            let mut at = self.waiting.remove(&function.address).unwrap_or(NONE);
            let mut told = 0;
            while let Some(link) = self.links.get(at as usize) {
                told += 1;
                at = link.before;
                let Some(state) = states.get_mut(link.function as usize) else { continue };
                if state.version != link.version {
                    continue;
                }
                if !link.tail {
                    stale(link.function, state);
                    continue;
                }
                state.waits_for = state.waits_for.saturating_sub(1);
                if state.waits_for == 0 {
                    self.news.push(link.function);
                }
            }
            // where this fails, the next round of the loop says so
            let _ = budget.spend(told);
        }
    }
}
