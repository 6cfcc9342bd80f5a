//! Names that Windows gives to exports which programs import by number. The
//! import hash is defined over these names for the libraries listed here.

/// The name of an ordinal of `library` (in lower case, with its extension).
pub(super) fn name(library: &str, ordinal: u16) -> Option<&'static str> {
    let table = match library {
        "ws2_32.dll" | "wsock32.dll" => WINSOCK,
        "oleaut32.dll" => AUTOMATION,
        _ => return None,
    };
    table
        .binary_search_by_key(&ordinal, |(number, _)| *number)
        .ok()
        .and_then(|at| table.get(at))
        .map(|(_, name)| *name)
}

const WINSOCK: &[(u16, &str)] = &[];
const AUTOMATION: &[(u16, &str)] = &[];
