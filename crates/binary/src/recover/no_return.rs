//! Which functions never return to their caller.

use super::trace::Traced;
use crate::{CallTarget, Hints};
use std::collections::{BTreeMap, BTreeSet};

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
pub fn imports(hints: &Hints) -> BTreeSet<u64> {
    hints.imports.iter().filter(|(_, import)| is_name(&import.name)).map(|(&slot, _)| slot).collect()
}

/// Adds functions all of whose ways end in a stop or in a function that does not
/// return; true where any were added. Starts from none, so a cycle of functions
/// that call each other counts as returning.
pub fn spread(traced: &BTreeMap<u64, Traced>, no_return: &mut BTreeSet<u64>) -> bool {
    let before = no_return.len();
    let candidates =
        traced.iter().filter(|(entry, traced)| !traced.returns && !traced.open && !no_return.contains(entry));
    let candidates: Vec<(u64, &Traced)> = candidates.map(|(&entry, traced)| (entry, traced)).collect();
    loop {
        let open = candidates.iter().filter(|(entry, _)| !no_return.contains(entry));
        let new = open.filter(|(_, traced)| never_returns(traced, no_return));
        let new: Vec<u64> = new.map(|(entry, _)| *entry).collect();
        if new.is_empty() {
            return no_return.len() > before;
        }
        no_return.extend(new);
    }
}

fn never_returns(traced: &Traced, no_return: &BTreeSet<u64>) -> bool {
    if traced.returns || traced.open || traced.function.blocks.is_empty() {
        return false;
    }
    let tails = traced.function.calls.iter().filter(|call| call.tail);
    let mut stopped = traced.stops;
    for call in tails {
        let ends = match call.target {
            CallTarget::Function(target) => no_return.contains(&target),
            CallTarget::Import(slot) => no_return.contains(&slot),
            CallTarget::Unknown => false,
        };
        if !ends {
            return false;
        }
        stopped = true;
    }
    // A loop without a way out is no proof: it may leave by a jump we could not follow.
    stopped
}
