//! Names of imported functions, without what a platform adds to them.

/// Bytes of a name that count: a function may refer to it as often as it has instructions.
const MOST_NAME: usize = 4_096;

/// Functions so common that importing them says nothing: they make no anchor.
const UBIQUITOUS: &[&str] = &[
    "memcpy",
    "memset",
    "memmove",
    "memcmp",
    "memchr",
    "strlen",
    "strcmp",
    "strncmp",
    "strcpy",
    "strncpy",
    "strcat",
    "strchr",
    "strrchr",
    "strstr",
    "strdup",
    "malloc",
    "calloc",
    "realloc",
    "free",
    "abort",
    "exit",
    "printf",
    "fprintf",
    "sprintf",
    "snprintf",
    "vsnprintf",
    "vfprintf",
    "puts",
    "fputs",
    "fputc",
    "putc",
    "fwrite",
    "fread",
    "fopen",
    "fclose",
    "fflush",
    "stack_chk_fail",
    "errno_location",
    "errno",
    "atoi",
    "strtol",
    "strtoul",
    "getenv",
    "qsort",
    "time",
    "assert_fail",
    "cxa_finalize",
    "cxa_atexit",
    "gmon_start__",
    "ITM_deregisterTMCloneTable",
    "ITM_registerTMCloneTable",
    "libc_start_main",
    "GetLastError",
    "SetLastError",
    "CloseHandle",
    "GetProcAddress",
    "GetModuleHandleA",
    "GetModuleHandleW",
    "LoadLibraryA",
    "LoadLibraryW",
    "FreeLibrary",
    "HeapAlloc",
    "HeapFree",
    "GetProcessHeap",
    "LocalFree",
    "EnterCriticalSection",
    "LeaveCriticalSection",
    "InitializeCriticalSection",
    "DeleteCriticalSection",
    "Sleep",
    "GetCurrentProcess",
    "GetCurrentThreadId",
    "GetCurrentProcessId",
    "TlsGetValue",
    "TlsSetValue",
    "QueryPerformanceCounter",
    "GetSystemTimeAsFileTime",
    "IsDebuggerPresent",
    "TerminateProcess",
    "IsProcessorFeaturePresent",
    "UnhandledExceptionFilter",
    "SetUnhandledExceptionFilter",
    "RtlLookupFunctionEntry",
    "RtlVirtualUnwind",
    "RtlCaptureContext",
    "InitializeSListHead",
    "CxxThrowException",
    "C_specific_handler",
    "purecall",
    "Unwind_Resume",
    "gxx_personality_v0",
    "Py_Dealloc",
    "_Py_Dealloc",
    "PyErr_SetString",
    "PyErr_Occurred",
    "PyErr_Format",
    "Py_NoneStruct",
];

/// The name that all platforms share; `None` for an ordinal and for a name that says nothing.
pub(crate) fn telling(name: &str) -> Option<&str> {
    bare(name).filter(|bare| bare.starts_with('?') || !UBIQUITOUS.contains(bare))
}

/// The name that all platforms share; `None` for an ordinal.
///
/// Taken off: `__imp_`, a symbol version behind `@`, the stdcall size behind
/// `@`, what is behind [`MOST_NAME`] bytes, leading underscores, and the fortified (`__memcpy_chk`), `__isoc99_`
/// and `64` (`fopen64`) variants of the C library.
pub(crate) fn bare(name: &str) -> Option<&str> {
    let name = beginning(name);
    let name = name.strip_prefix("__imp_").unwrap_or(name);
    let name = name.split('@').find(|part| !part.is_empty())?;
    if name.starts_with(['#', '?']) {
        return name.starts_with('?').then_some(name);
    }
    let bare = name.trim_start_matches('_');
    let bare = bare.strip_prefix("isoc99_").or_else(|| bare.strip_prefix("isoc23_")).unwrap_or(bare);
    let bare = if name.starts_with("__") { bare.strip_suffix("_chk").unwrap_or(bare) } else { bare };
    let bare = match bare {
        "fopen64" | "open64" | "stat64" | "lseek64" | "fstat64" | "ftruncate64" | "mmap64" => {
            bare.strip_suffix("64").unwrap_or(bare)
        }
        _ => bare,
    };
    (bare.len() >= 2).then_some(bare)
}

/// What counts of a name.
pub(crate) fn beginning(name: &str) -> &str {
    name.get(..name.floor_char_boundary(MOST_NAME)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::telling;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(telling(name), expected);
    }

    #[test]
    fn a_name_is_the_same_on_every_platform() {
        check("connect@GLIBC_2.2.5", Some("connect"));
        check("_connect", Some("connect"));
        check("_connect@12", Some("connect"));
        check("__imp_connect", Some("connect"));
        check("__vsyslog_chk", Some("vsyslog"));
        check("open64", Some("open"));
    }

    #[test]
    fn a_ubiquitous_name_or_an_ordinal_tells_nothing() {
        check("memcpy@@GLIBC_2.14", None);
        check("__memcpy_chk", None);
        check("#12", None);
        check("", None);
        check("@@", None);
    }

    #[test]
    fn of_a_long_name_the_beginning_counts() {
        let long = "é".repeat(100_000);
        check(&long, long.get(..super::MOST_NAME));
    }

    #[test]
    fn a_decorated_msvc_name_is_kept_up_to_its_first_at_sign() {
        check("?terminate@@YAXXZ", Some("?terminate"));
    }
}
