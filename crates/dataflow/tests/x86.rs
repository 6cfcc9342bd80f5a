//! What x86 instructions do, as a table: bytes, what is there before them, and what they change.
//!
//! Registers are `ax` to `di` and `r8` to `r15` (whole), `x0` to `x15` (`xmm`), `f0` to `f7` (the x87 from its
//! top, doubles), `fs`, `gs`, `flags` and `status` (the letters of `CZSOP` that are set, or `-`), `control`,
//! `direction`; memory is `[address]`, eight bytes; all hexadecimal. What is not given is zero before. After
//! it stands what changed, and whether a branch is `taken` or where an indirect one goes `to`. The
//! instruction lies at 400000. `bench/lifters.py` checks the same against an emulator, with random numbers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use cognate_dataflow::{Lifted, Machine, Numbers, Op, Reg, x86};
use iced_x86::{Decoder, DecoderOptions};
use proptest::prelude::*;

const ADDRESS: u64 = 0x40_0000;
const GENERAL: [&str; 8] = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
const OTHERS: [(&str, Reg); 7] = [
    ("flags", Reg::FLAGS),
    ("fs", Reg::FS),
    ("gs", Reg::GS),
    ("direction", Reg::DIRECTION),
    ("control", Reg::X87_CONTROL),
    ("status", Reg::X87_STATUS),
    ("register 70", Reg(70)),
];

/// An instruction with its bytes, what is there before it, what it changes.
type Case = (&'static str, &'static str, &'static str, &'static str);

/// Runs each instruction in code of so many bits, all of them [`Lifted::Real`].
fn check(bits: u32, cases: &[Case]) {
    let wrong: Vec<String> = cases.iter().filter_map(|case| wrong(bits, case)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn wrong(bits: u32, &(assembly, code, before, expected): &Case) -> Option<String> {
    let before = machine(bits, before);
    let mut after = before.clone();
    let lifted = lift(bits, &bytes(code), &mut after);
    let changes = changes(&before, &after);
    (changes != expected || lifted != Lifted::Real)
        .then(|| format!("{assembly} ({code}) is {lifted:?}, gives `{changes}`, not `{expected}`"))
}

fn bytes(code: &str) -> Vec<u8> {
    (0..code.len() / 2).map(|at| u8::from_str_radix(&code[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn lift(bits: u32, code: &[u8], machine: &mut impl Machine) -> Lifted {
    let mut decoder = Decoder::with_ip(bits, code, ADDRESS, DecoderOptions::NONE);
    let instruction = decoder.decode();
    x86::lift(machine, &instruction, &decoder.get_constant_offsets(&instruction))
}

/// A machine with what the text says.
fn machine(bits: u32, text: &str) -> Numbers {
    let mut numbers = Numbers::new(bits as u8);
    for (name, value) in text.split_whitespace().map(|part| part.split_once('=').unwrap()) {
        if let Some(address) = name.strip_prefix('[') {
            let address = u64::from_str_radix(address.trim_end_matches(']'), 16).unwrap();
            numbers.store(address.into(), u128::from_str_radix(value, 16).unwrap(), 64);
            continue;
        }
        let letters = name == "flags" || name == "status";
        numbers.registers[register(name)] =
            if letters { flags(value) } else { u128::from_str_radix(value, 16).unwrap() };
    }
    numbers
}

fn register(name: &str) -> usize {
    let number = || name[1..].parse().unwrap();
    let named = OTHERS.iter().find(|other| other.0 == name).map(|other| other.1);
    let reg = named.unwrap_or_else(|| match GENERAL.iter().position(|general| *general == name) {
        Some(general) => Reg::general(general as u8),
        None if name.starts_with('x') => Reg::vector(number()),
        None if name.starts_with('f') => Reg::x87(number()),
        None => Reg::general(number()),
    });
    usize::from(reg.0)
}

fn name(register: usize) -> String {
    match register {
        0..8 => GENERAL[register].to_owned(),
        8..32 => format!("r{register}"),
        32..64 => format!("x{}", register - 32),
        72..80 => format!("f{}", register - 72),
        _ => OTHERS.iter().find(|other| usize::from(other.1.0) == register).unwrap().0.to_owned(),
    }
}

const LETTERS: [char; 5] = ['C', 'Z', 'S', 'O', 'P'];

fn flags(letters: &str) -> u128 {
    LETTERS.iter().enumerate().map(|(at, letter)| u128::from(letters.contains(*letter)) << at).sum()
}

fn letters(flags: u128) -> String {
    let set = LETTERS.iter().enumerate().filter(|(at, _)| flags >> at & 1 == 1);
    let letters: String = set.map(|(_, letter)| *letter).collect();
    if letters.is_empty() { "-".to_owned() } else { letters }
}

/// What differs, in the order of registers and addresses.
fn changes(before: &Numbers, after: &Numbers) -> String {
    let mut parts = Vec::new();
    for (at, value) in
        after.registers.iter().enumerate().filter(|(at, value)| before.registers[*at] != **value)
    {
        let name = name(at);
        match name.as_str() {
            "flags" | "status" => parts.push(format!("{name}={}", letters(*value))),
            _ => parts.push(format!("{name}={value:x}")),
        }
    }
    let words = |numbers: &Numbers| -> std::collections::BTreeSet<u64> {
        numbers.memory.keys().map(|address| address & !7).collect()
    };
    for address in words(after) {
        let read = |numbers: &Numbers| numbers.clone().load(address.into(), 64);
        if read(before) != read(after) || !words(before).contains(&address) {
            parts.push(format!("[{address:x}]={:x}", read(after)));
        }
    }
    parts.extend(after.taken.map(|taken| if taken { "taken" } else { "not taken" }.to_owned()));
    parts.extend(after.target.map(|target| format!("to {target:x}")));
    parts.join(" ")
}

#[test]
fn sums_set_the_flags_lazily() {
    check(
        64,
        &[
            ("add eax, 1", "83c001", "ax=ffffffffffffffff", "ax=0 flags=CZP"),
            ("add rax, rcx", "4801c8", "ax=7fffffffffffffff cx=1", "ax=8000000000000000 flags=SOP"),
            ("sub eax, ecx", "29c8", "ax=3 cx=5", "ax=fffffffe flags=CS"),
            ("sub rax, rax", "4829c0", "ax=7 flags=C", "ax=0 flags=ZP"),
            ("xor ecx, ecx", "31c9", "cx=ffffffffffffffff flags=CS", "cx=0 flags=ZP"),
            ("adc eax, ecx", "11c8", "ax=ffffffff cx=0 flags=C", "ax=0 flags=CZP"),
            ("sbb eax, eax", "19c0", "ax=7 flags=C", "ax=ffffffff flags=CSP"),
            ("sbb rax, rcx", "4819c8", "ax=0 cx=0 flags=C", "ax=ffffffffffffffff flags=CSP"),
            ("inc eax", "ffc0", "ax=ffffffff flags=C", "ax=0 flags=CZP"),
            ("dec rax", "48ffc8", "ax=8000000000000000", "ax=7fffffffffffffff flags=OP"),
            ("neg eax", "f7d8", "ax=1", "ax=ffffffff flags=CSP"),
            ("neg eax", "f7d8", "ax=0", "flags=ZP"),
            ("not eax", "f7d0", "ax=ffffffff0000000f", "ax=fffffff0"),
            ("cmp eax, ecx", "39c8", "ax=80000000 cx=1", "flags=OP"),
            ("test al, al", "84c0", "ax=180", "flags=S"),
            ("and eax, 0xff", "25ff000000", "ax=1234", "ax=34"),
            ("or rax, -1", "4883c8ff", "ax=5", "ax=ffffffffffffffff flags=SP"),
        ],
    );
}

#[test]
fn parts_of_registers_keep_or_clear_the_rest() {
    check(
        64,
        &[
            ("mov al, 0x12", "b012", "ax=ffffffffffffffff", "ax=ffffffffffffff12"),
            ("mov ah, cl", "88cc", "ax=ffffffffffffffff cx=12", "ax=ffffffffffff12ff"),
            ("mov cl, ah", "88e1", "ax=3456 cx=ff00", "cx=ff34"),
            ("mov ax, cx", "6689c8", "ax=ffffffffffffffff cx=1234", "ax=ffffffffffff1234"),
            ("mov eax, ecx", "89c8", "ax=ffffffffffffffff cx=ffffffff80000000", "ax=80000000"),
            ("add ah, 1", "80c401", "ax=ff00", "ax=0 flags=CZP"),
            ("movzx eax, ch", "0fb6c5", "ax=ffffffffffffffff cx=8000", "ax=80"),
            ("movsx eax, ch", "0fbec5", "cx=8000", "ax=ffffff80"),
            ("movsxd rax, ecx", "4863c1", "cx=80000000", "ax=ffffffff80000000"),
            ("cdqe", "4898", "ax=80000000", "ax=ffffffff80000000"),
            ("cwde", "98", "ax=ffffffffffff8000", "ax=ffff8000"),
            ("cqo", "4899", "ax=8000000000000000", "dx=ffffffffffffffff"),
            ("cdq", "99", "ax=80000000 dx=ffffffffffffffff", "dx=ffffffff"),
            ("bswap eax", "0fc8", "ax=ffffffff11223344", "ax=44332211"),
            ("xchg al, ah", "86e0", "ax=1234", "ax=3412"),
            ("xchg ax, cx", "6691", "ax=10001 cx=20002", "ax=10002 cx=20001"),
        ],
    );
}

#[test]
fn addresses_are_base_and_index_and_displacement() {
    check(
        64,
        &[
            (
                "mov rax, [rcx+rdx*4+0x10]",
                "488b449110",
                "cx=1000 dx=3 [1018]=aabbccdd00000000",
                "ax=aabbccdd",
            ),
            ("mov eax, [rip+0x10]", "8b0510000000", "[400016]=1122334455667788", "ax=55667788"),
            ("lea rax, [rcx+rcx*2-1]", "488d4449ff", "cx=5", "ax=e"),
            ("lea eax, [rcx+rdx]", "8d0411", "cx=ffffffff dx=2", "ax=1"),
            ("mov [rcx], al", "8801", "ax=ff cx=1000 [1000]=1111111111111111", "[1000]=11111111111111ff"),
            ("mov qword ptr [rcx+8], -1", "48c74108ffffffff", "cx=1000", "[1008]=ffffffffffffffff"),
            ("mov rax, fs:[0x28]", "64488b042528000000", "fs=7000 [7028]=5a", "ax=5a"),
            ("mov eax, [ecx+4]", "678b4104", "cx=ffffffff00001000 [1000]=900000000", "ax=9"),
            ("movabs rax, 0x1122334455667788", "48b88877665544332211", "", "ax=1122334455667788"),
        ],
    );
}

#[test]
fn the_stack() {
    check(
        64,
        &[
            ("push rax", "50", "ax=5 sp=2000", "sp=1ff8 [1ff8]=5"),
            ("push rsp", "54", "sp=2000", "sp=1ff8 [1ff8]=2000"),
            ("push -1", "6aff", "sp=2000", "sp=1ff8 [1ff8]=ffffffffffffffff"),
            ("pop rcx", "59", "sp=2000 [2000]=77", "cx=77 sp=2008"),
            ("pop rsp", "5c", "sp=2000 [2000]=77", "sp=77"),
            ("pop qword ptr [rsp+8]", "8f442408", "sp=2000 [2000]=77", "sp=2008 [2010]=77"),
            ("leave", "c9", "bp=3000 sp=2000 [3000]=4444", "sp=3008 bp=4444"),
            ("enter 0x20, 0", "c8200000", "bp=9 sp=2000", "sp=1fd8 bp=1ff8 [1ff8]=9"),
            ("call rax", "ffd0", "ax=1234 sp=2000", "to 1234"),
            ("jmp qword ptr [rcx]", "ff21", "cx=1000 [1000]=4321", "to 4321"),
            ("ret", "c3", "sp=2000", ""),
        ],
    );
}

#[test]
fn conditions() {
    check(
        64,
        &[
            ("jl .+2", "7c00", "flags=S", "taken"),
            ("jle .+2", "7e00", "flags=SO", "not taken"),
            ("ja .+2", "7700", "flags=-", "taken"),
            ("jbe .+2", "7600", "flags=Z", "taken"),
            ("jp .+2", "7a00", "flags=P", "taken"),
            ("sete al", "0f94c0", "ax=1200 flags=Z", "ax=1201"),
            ("setg cl", "0f9fc1", "cx=ff flags=S", "cx=0"),
            ("cmovne eax, ecx", "0f45c1", "ax=ffffffff00000001 cx=2", "ax=2"),
            ("cmovne eax, ecx", "0f45c1", "ax=ffffffff00000001 cx=2 flags=Z", "ax=1"),
            ("jrcxz .+2", "e300", "", "taken"),
            ("loop .+2", "e200", "cx=1", "cx=0 not taken"),
            ("loop .+2", "e200", "cx=2", "cx=1 taken"),
            ("loopne .+2", "e000", "cx=2 flags=Z", "cx=1 not taken"),
        ],
    );
}

#[test]
fn shifts_and_rotations() {
    check(
        64,
        &[
            ("shl eax, 4", "c1e004", "ax=f0000001", "ax=10 flags=C"),
            ("shl eax, 1", "d1e0", "ax=40000000", "ax=80000000 flags=SOP"),
            ("shr eax, 1", "d1e8", "ax=80000001", "ax=40000000 flags=COP"),
            ("sar eax, 31", "c1f81f", "ax=80000000", "ax=ffffffff flags=SP"),
            ("shl eax, cl", "d3e0", "ax=ffffffff00000001 cx=20 flags=C", "ax=1"),
            ("shr rax, cl", "48d3e8", "ax=8000000000000000 cx=3f", "ax=1"),
            ("shl al, 9", "c0e009", "ax=1ff", "ax=100 flags=ZP"),
            ("sar al, cl", "d2f8", "ax=80 cx=1f", "ax=ff flags=CSP"),
            ("shl ax, cl", "66d3e0", "ax=8001 cx=1", "ax=2 flags=C"),
            ("rol eax, 8", "c1c008", "ax=12345678", "ax=34567812"),
            ("ror al, 4", "c0c804", "ax=1f", "ax=f1 flags=C"),
            ("rol rax, cl", "48d3c0", "ax=1 cx=0 flags=CZ", ""),
            ("rcr eax, 1", "d1d8", "ax=2 flags=C", "ax=80000001 flags=O"),
            ("rcl eax, 1", "d1d0", "ax=80000000", "ax=0 flags=CO"),
            ("shld eax, ecx, 8", "0fa4c808", "ax=12345678 cx=9abcdef0", "ax=3456789a flags=P"),
            ("shrd rax, rcx, cl", "480fadc8", "ax=10 cx=4", "ax=4000000000000001"),
            ("sarx eax, ecx, edx", "c4e26af7c1", "cx=80000000 dx=21", "ax=c0000000"),
            ("rorx eax, ecx, 4", "c4e37bf0c104", "cx=1f", "ax=f0000001"),
        ],
    );
}

#[test]
fn products_and_quotients() {
    check(
        64,
        &[
            ("imul eax, ecx, 3", "6bc103", "cx=50000000", "ax=f0000000 flags=CSOP"),
            ("imul rax, rcx", "480fafc1", "ax=fffffffffffffffe cx=3", "ax=fffffffffffffffa flags=SP"),
            ("mul ecx", "f7e1", "ax=ffffffff cx=2", "ax=fffffffe dx=1 flags=CSO"),
            ("imul cl", "f6e9", "ax=80 cx=2", "ax=ff00 flags=CZOP"),
            ("mul cl", "f6e1", "ax=10 cx=10", "ax=100 flags=CZOP"),
            ("div ecx", "f7f1", "ax=7 dx=1 cx=2", "ax=80000003"),
            ("idiv ecx", "f7f9", "ax=fffffff9 dx=ffffffff cx=2", "ax=fffffffd"),
            ("div cl", "f6f1", "ax=105 cx=2", "ax=182"),
            ("mulx rax, rcx, rsi", "c4e2f3f6c6", "dx=8000000000000000 si=4", "ax=2"),
        ],
    );
}

#[test]
fn single_bits() {
    check(
        64,
        &[
            ("bt eax, 5", "0fbae005", "ax=20", "flags=C"),
            ("bts rax, rcx", "480fabc8", "cx=41", "ax=2"),
            ("btr eax, 0", "0fbaf000", "ax=3", "ax=2 flags=C"),
            ("btc eax, 31", "0fbaf81f", "ax=0", "ax=80000000"),
            ("bt dword ptr [rdi], ecx", "0fa30f", "cx=25 di=1000 [1000]=2000000000", "flags=C"),
            ("bsf eax, ecx", "0fbcc1", "ax=7 cx=0", "ax=20 flags=ZP"),
            ("bsf eax, ecx", "0fbcc1", "cx=28", "ax=3 flags=P"),
            ("bsr rax, rcx", "480fbdc1", "cx=28", "ax=5 flags=P"),
            ("tzcnt eax, ecx", "f30fbcc1", "cx=0", "ax=20 flags=C"),
            ("lzcnt eax, ecx", "f30fbdc1", "cx=1", "ax=1f"),
            ("popcnt eax, ecx", "f30fb8c1", "cx=f0f0", "ax=8"),
            ("andn eax, ecx, edx", "c4e270f2c2", "cx=f dx=3c", "ax=30 flags=P"),
            ("blsr eax, ecx", "c4e278f3c9", "cx=28", "ax=20"),
            ("blsi eax, ecx", "c4e278f3d9", "cx=28", "ax=8 flags=C"),
            ("bzhi eax, ecx, edx", "c4e268f5c1", "cx=ffff dx=4", "ax=f flags=P"),
            ("bextr eax, ecx, edx", "c4e268f7c1", "cx=12345678 dx=808", "ax=56 flags=P"),
            ("adox rax, rcx", "f3480f38f6c1", "ax=ffffffffffffffff cx=0 flags=O", "ax=0"),
            ("stc", "f9", "flags=-", "flags=C"),
            ("sahf", "9e", "ax=4500 flags=O", "flags=CZOP"),
        ],
    );
}

#[test]
fn exchanges_with_memory() {
    check(
        64,
        &[
            ("xadd [rdi], eax", "0fc107", "ax=2 di=1000 [1000]=ff00000003", "ax=3 flags=P [1000]=ff00000005"),
            (
                "cmpxchg [rdi], ecx",
                "0fb10f",
                "ax=ffffffff00000003 cx=9 di=1000 [1000]=3",
                "flags=ZP [1000]=9",
            ),
            ("cmpxchg [rdi], ecx", "0fb10f", "ax=ffffffff00000004 cx=9 di=1000 [1000]=3", "ax=3"),
            ("xchg [rdi], rax", "488707", "ax=1 di=1000 [1000]=2", "ax=2 [1000]=1"),
        ],
    );
}

#[test]
fn strings() {
    check(
        64,
        &[
            ("rep stosd", "f3ab", "ax=7 cx=3 di=1000", "cx=0 di=100c [1000]=700000007 [1008]=7"),
            (
                "rep movsb",
                "f3a4",
                "cx=5 si=1000 di=2000 [1000]=8877665544332211",
                "cx=0 si=1005 di=2005 [2000]=5544332211",
            ),
            ("movsq", "48a5", "si=1000 di=2000 [1000]=55", "si=1008 di=2008 [2000]=55"),
            ("movsb", "a4", "si=1001 di=2001 [1000]=1122 direction=1", "si=1000 di=2000 [2000]=1100"),
            ("lodsd", "ad", "ax=ffffffffffffffff si=1000 [1000]=5", "ax=5 si=1004"),
            ("scasb", "ae", "ax=61 di=1000 [1000]=61", "di=1001 flags=ZP"),
            ("cmpsb", "a6", "si=1000 di=2000 [1000]=1 [2000]=2", "si=1001 di=2001 flags=CSP"),
            ("xlatb", "d7", "ax=ff02 bx=1000 [1000]=aabbccdd", "ax=ffbb"),
            ("std", "fd", "", "direction=1"),
        ],
    );
}

#[test]
fn moves_of_vectors() {
    check(
        64,
        &[
            ("movups xmm0, [rcx]", "0f1001", "cx=1000 [1000]=1 [1008]=2", "x0=20000000000000001"),
            ("movaps [rcx], xmm1", "0f2909", "x1=20000000000000001 cx=1000", "[1000]=1 [1008]=2"),
            (
                "movss xmm0, xmm1",
                "f30f10c1",
                "x0=ffffffffffffffffffffffffffffffff x1=5",
                "x0=ffffffffffffffffffffffff00000005",
            ),
            (
                "movss xmm0, [rcx]",
                "f30f1001",
                "x0=ffffffffffffffffffffffffffffffff cx=1000 [1000]=600000005",
                "x0=5",
            ),
            ("movsd [rcx], xmm0", "f20f1101", "x0=60000000000000005 cx=1000", "[1000]=5"),
            ("movd xmm0, eax", "660f6ec0", "x0=ffffffffffffffffffffffffffffffff ax=ffffffff00000005", "x0=5"),
            ("movq xmm0, xmm1", "f30f7ec1", "x0=1 x1=60000000000000005", "x0=5"),
            ("movq rax, xmm1", "66480f7ec8", "x1=60000000000000005", "ax=5"),
            ("movd eax, xmm1", "660f7ec8", "ax=ffffffffffffffff x1=600000005", "ax=5"),
            ("movhps xmm0, [rcx]", "0f1601", "x0=1 cx=1000 [1000]=7", "x0=70000000000000001"),
            ("movlpd [rcx], xmm0", "660f1301", "x0=60000000000000005 cx=1000", "[1000]=5"),
            ("movhlps xmm0, xmm1", "0f12c1", "x0=1 x1=60000000000000005", "x0=6"),
            ("movlhps xmm0, xmm1", "0f16c1", "x0=1 x1=60000000000000005", "x0=50000000000000001"),
            ("vmovss xmm0, xmm1, xmm2", "c5f210c2", "x1=90000000000000001 x2=5", "x0=90000000000000005"),
        ],
    );
}

#[test]
fn lanes() {
    check(
        64,
        &[
            ("pxor xmm0, xmm0", "660fefc0", "x0=ff", "x0=0"),
            ("paddd xmm0, xmm1", "660ffec1", "x0=ffffffff00000001 x1=200000003", "x0=100000004"),
            ("paddd xmm0, [rcx]", "660ffe01", "x0=1 cx=1000 [1000]=1", "x0=2"),
            ("vpaddd xmm0, xmm1, xmm2", "c5f1fec2", "x1=5 x2=6", "x0=b"),
            ("pcmpeqb xmm0, xmm0", "660f74c0", "x0=1", "x0=ffffffffffffffffffffffffffffffff"),
            ("pandn xmm0, xmm1", "660fdfc1", "x0=f x1=ff", "x0=f0"),
            ("pmuludq xmm0, xmm1", "660ff4c1", "x0=9ffffffff x1=9ffffffff", "x0=fffffffe00000001"),
            ("psrld xmm0, 4", "660f72d004", "x0=1000000010", "x0=100000001"),
            ("vpsrld xmm0, xmm1, 4", "c5f972d104", "x1=1000000010", "x0=100000001"),
            ("psllq xmm0, xmm1", "660ff3c1", "x0=1 x1=41", "x0=0"),
            ("psraw xmm0, 15", "660f71e00f", "x0=80007fff", "x0=ffff0000"),
            ("pslldq xmm0, 1", "660f73f801", "x0=1ff", "x0=1ff00"),
            ("psrldq xmm0, 16", "660f73d810", "x0=1ff", "x0=0"),
            ("punpcklbw xmm0, xmm1", "660f60c1", "x0=4321 x1=8765", "x0=87436521"),
            (
                "punpckhqdq xmm0, xmm1",
                "660f6dc1",
                "x0=10000000000000002 x1=30000000000000004",
                "x0=30000000000000001",
            ),
            ("pshufd xmm0, xmm1, 0", "660f70c100", "x1=7", "x0=7000000070000000700000007"),
            ("pshufd xmm0, xmm1, 0x44", "660f70c144", "x1=30000000000000004", "x0=40000000000000004"),
            (
                "palignr xmm0, xmm1, 4",
                "660f3a0fc104",
                "x0=1 x1=30000000000000004",
                "x0=1000000000000000300000000",
            ),
            ("pinsrw xmm0, eax, 3", "660fc4c003", "ax=12345", "x0=2345000000000000"),
            ("pextrw eax, xmm1, 7", "660fc5c107", "x1=ffff0000000000000000000000000000", "ax=ffff"),
            ("pmovzxbw xmm0, xmm1", "660f3830c1", "x1=ff80", "x0=ff0080"),
            ("pmovsxbd xmm0, xmm1", "660f3821c1", "x1=807f", "x0=ffffff800000007f"),
            ("ptest xmm0, xmm1", "660f3817c1", "x0=f x1=f0", "flags=ZP"),
            ("addps xmm0, xmm1", "0f58c1", "x0=3f800000 x1=40000000", "x0=40400000"),
            ("cvtdq2pd xmm0, xmm1", "f30fe6c1", "x1=fffffffe00000001", "x0=c0000000000000003ff0000000000000"),
            ("paddq mm0, mm1", "0fd4c1", "f0=5 f1=6", "f0=b"),
        ],
    );
}

#[test]
fn scalar_floats() {
    check(
        64,
        &[
            (
                "addsd xmm0, xmm1",
                "f20f58c1",
                "x0=73ff0000000000000 x1=4000000000000000",
                "x0=74008000000000000",
            ),
            (
                "subss xmm0, [rcx]",
                "f30f5c01",
                "x0=7000000003f800000 cx=1000 [1000]=40000000",
                "x0=700000000bf800000",
            ),
            (
                "vmulsd xmm0, xmm1, xmm2",
                "c5f359c2",
                "x1=94000000000000000 x2=4008000000000000",
                "x0=94018000000000000",
            ),
            (
                "sqrtsd xmm0, xmm1",
                "f20f51c1",
                "x0=70000000000000000 x1=4010000000000000",
                "x0=74000000000000000",
            ),
            (
                "minsd xmm0, xmm1",
                "f20f5dc1",
                "x0=3ff0000000000000 x1=7ff8000000000000",
                "x0=7ff8000000000000",
            ),
            ("cvtsi2sd xmm0, eax", "f20f2ac0", "ax=ffffffff", "x0=bff0000000000000"),
            ("cvtsi2ss xmm0, rax", "f3480f2ac0", "ax=10", "x0=41800000"),
            ("cvttsd2si eax, xmm1", "f20f2cc1", "x1=c005666666666666", "ax=fffffffe"),
            ("cvtsd2si rax, xmm1", "f2480f2dc1", "x1=4004000000000000", "ax=2"),
            ("cvttsd2si eax, xmm1", "f20f2cc1", "x1=41f0000000000000", "ax=80000000"),
            ("cvtss2sd xmm0, xmm1", "f30f5ac1", "x1=3fc00000", "x0=3ff8000000000000"),
            ("cvtsd2ss xmm0, xmm1", "f20f5ac1", "x1=3ff8000000000000", "x0=3fc00000"),
            ("roundsd xmm0, xmm1, 9", "660f3a0bc109", "x1=bff8000000000000", "x0=c000000000000000"),
            ("ucomisd xmm0, xmm1", "660f2ec1", "x0=3ff0000000000000 x1=4000000000000000", "flags=C"),
            ("comiss xmm0, xmm1", "0f2fc1", "x0=7fc00000", "flags=CZP"),
            (
                "cmpltsd xmm0, xmm1",
                "f20fc2c101",
                "x0=3ff0000000000000 x1=4000000000000000",
                "x0=ffffffffffffffff",
            ),
            (
                "vfmadd231sd xmm0, xmm1, xmm2",
                "c4e2f1b9c2",
                "x0=3ff0000000000000 x1=4000000000000000 x2=4008000000000000",
                "x0=401c000000000000",
            ),
            (
                "vfnmadd213ss xmm0, xmm1, xmm2",
                "c4e271adc2",
                "x0=40000000 x1=40400000 x2=3f800000",
                "x0=c0a00000",
            ),
        ],
    );
}

#[test]
fn the_x87_stack() {
    check(
        32,
        &[
            ("fld dword ptr [ecx]", "d901", "f0=5 cx=1000 [1000]=3fc00000", "f0=3ff8000000000000 f1=5"),
            ("fld st(1)", "d9c1", "f0=5 f1=6", "f0=6 f1=5 f2=6"),
            ("fild word ptr [ecx]", "df01", "cx=1000 [1000]=ffff", "f0=bff0000000000000"),
            ("fldz", "d9ee", "f0=1", "f0=0 f1=1"),
            (
                "fstp qword ptr [ecx]",
                "dd19",
                "f0=3ff0000000000000 f1=7 cx=1000",
                "f0=7 f1=0 f7=3ff0000000000000 [1000]=3ff0000000000000",
            ),
            ("fst dword ptr [ecx]", "d911", "f0=3ff8000000000000 cx=1000", "[1000]=3fc00000"),
            ("fstp st(1)", "ddd9", "f0=1 f1=2 f2=3", "f1=3 f2=0 f7=1"),
            (
                "fistp dword ptr [ecx]",
                "db19",
                "f0=4004000000000000 cx=1000",
                "f0=0 f7=4004000000000000 [1000]=2",
            ),
            (
                "fisttp dword ptr [ecx]",
                "db09",
                "f0=c007333333333333 cx=1000",
                "f0=0 f7=c007333333333333 [1000]=fffffffe",
            ),
            (
                "fld tbyte ptr [ecx]",
                "db29",
                "cx=1000 [1000]=c000000000000000 [1008]=4000",
                "f0=4008000000000000",
            ),
            (
                "fstp tbyte ptr [ecx]",
                "db39",
                "f0=4008000000000000 cx=1000",
                "f0=0 f7=4008000000000000 [1000]=c000000000000000 [1008]=4000",
            ),
            (
                "faddp st(1), st",
                "dec1",
                "f0=3ff0000000000000 f1=4000000000000000",
                "f0=4008000000000000 f1=0 f7=3ff0000000000000",
            ),
            ("fsubr st, st(1)", "d8e9", "f0=3ff0000000000000 f1=4008000000000000", "f0=4000000000000000"),
            (
                "fmul qword ptr [ecx]",
                "dc09",
                "f0=4000000000000000 cx=1000 [1000]=4008000000000000",
                "f0=4018000000000000",
            ),
            ("fxch st(1)", "d9c9", "f0=1 f1=2", "f0=2 f1=1"),
            ("fchs", "d9e0", "f0=3ff0000000000000", "f0=bff0000000000000"),
            (
                "fucomip st, st(1)",
                "dfe9",
                "f0=3ff0000000000000 f1=4000000000000000",
                "flags=C f0=4000000000000000 f1=0 f7=3ff0000000000000",
            ),
            (
                "fcomp qword ptr [ecx]",
                "dc19",
                "f0=4000000000000000 f1=1 cx=1000 [1000]=4000000000000000",
                "status=Z f0=1 f1=0 f7=4000000000000000",
            ),
            ("fnstsw ax", "dfe0", "status=CZP", "ax=4500"),
            ("fincstp", "d9f7", "f0=1 f1=2 f2=3", "f0=2 f1=3 f2=0 f7=1"),
            ("fldcw [ecx]", "d929", "cx=1000 [1000]=27f", "control=27f"),
        ],
    );
}

#[test]
fn thirty_two_bits() {
    check(
        32,
        &[
            ("mov eax, [ecx+ecx*2+4]", "8b444904", "cx=55555555 [0]=300000000", "ax=300"),
            ("add eax, ecx", "01c8", "ax=ffffffff cx=2", "ax=1 flags=C"),
            ("push eax", "50", "ax=5 sp=2000", "sp=1ffc [1ff8]=500000000"),
            ("mov eax, [0x1000]", "a100100000", "[1000]=9", "ax=9"),
            ("inc ecx", "41", "cx=7fffffff", "cx=80000000 flags=SOP"),
            (
                "pushad",
                "60",
                "ax=1 cx=2 dx=3 bx=4 sp=2000 bp=5 si=6 di=7",
                "sp=1fe0 [1fe0]=600000007 [1fe8]=200000000005 [1ff0]=300000004 [1ff8]=100000002",
            ),
            (
                "popad",
                "61",
                "sp=2000 [2000]=200000001 [2008]=300000000 [2010]=500000004 [2018]=700000006",
                "ax=7 cx=6 dx=5 bx=4 sp=2020 si=2 di=1",
            ),
            ("jecxz .+2", "e300", "cx=1", "not taken"),
            ("rep stosb", "f3aa", "ax=41 cx=2 di=ffffffff", "cx=0 di=1 [0]=41 [fffffff8]=4100000000000000"),
            ("cmpxchg cl, al", "0fb0c1", "ax=1 cx=1", "flags=ZP"),
        ],
    );
}

/// The emulator of `bench/lifters.py` has no AVX, so its forms are held to those of SSE here.
#[test]
fn the_avx_form_with_the_destination_first_is_the_sse_form() {
    let vectors = "x0=40490fdb3f8000000123456789abcdef x1=3f80000040000000fedcba987654321f";
    let mut same = 0;
    for prefix in [0x00, 0x66, 0xf3, 0xf2] {
        for opcode in 0x10..=0xfe {
            let sse = [prefix, 0x0f, opcode, 0xc1];
            let sse = if prefix == 0 { &sse[1..] } else { &sse[..] };
            let at = [0x00, 0x66, 0xf3, 0xf2].iter().position(|it| *it == prefix).unwrap() as u8;
            let (mut old, mut new) = (machine(64, vectors), machine(64, vectors));
            let plain = lift(64, sse, &mut old);
            // vvvv names xmm0: the first source is the destination
            let vex = lift(64, &[0xc5, 0xf8 | at, opcode, 0xc1], &mut new);
            let vector = Decoder::new(64, &[0xc5, 0xf8 | at, opcode, 0xc1], 0).decode();
            if plain == Lifted::Real && vex == Lifted::Real && vector.op_count() == 3 {
                assert_eq!(
                    changes(&old, &machine(64, vectors)),
                    changes(&new, &machine(64, vectors)),
                    "{sse:x?}"
                );
                same += 1;
            }
        }
    }
    assert!(same > 80, "{same}");
}

#[test]
fn the_low_half_of_a_wide_vector_is_said() {
    let mut numbers = machine(64, "x1=100000002 x2=300000004");
    assert_eq!(lift(64, &bytes("c5f5fec2"), &mut numbers), Lifted::Opaque); // vpaddd ymm0, ymm1, ymm2
    assert_eq!(numbers.get(Reg::vector(0)), 0x4_0000_0006);
}

#[test]
fn what_is_not_known_sets_all_it_writes() {
    let before = "ax=105 bx=5 cx=5 dx=5 r11=5 x0=5 x1=6 flags=CZSOP";
    let cases = [
        ("cpuid", "0fa2", "ax=0 cx=0 dx=0 bx=0"),
        ("rdtsc", "0f31", "ax=0 dx=0"),
        ("pshufb xmm0, xmm1", "660f3800c1", "x0=0"),
        ("pmovmskb eax, xmm1", "660fd7c1", "ax=0"),
        ("cmpxchg8b [rdi]", "0fc70f", "ax=0 dx=0 flags=- [0]=0"),
        ("lahf", "9f", "ax=5"),
        ("pushfq", "9c", "sp=fffffffffffffff8 [fffffffffffffff8]=0"),
        ("popfq", "9d", "sp=8 flags=-"),
        ("push fs", "0fa0", "sp=fffffffffffffff8 [fffffffffffffff8]=0"),
        ("syscall", "0f05", "ax=0 cx=0 r11=0"),
    ];
    for (assembly, code, expected) in cases {
        let (before, mut after) = (machine(64, before), machine(64, before));
        assert_eq!(lift(64, &bytes(code), &mut after), Lifted::Opaque, "{assembly}");
        assert_eq!(changes(&before, &after), expected, "{assembly}");
    }
}

/// A machine that writes down the opaque operations it is told.
#[derive(Default)]
struct Names(Vec<(Op, usize)>);

impl Machine for Names {
    type Value = ();

    fn constant(&mut self, _: u64, _: u8) {}
    fn immediate(&mut self, _: u64, _: u8, _: u64) {}
    fn address(&mut self, _: u64) {}
    fn get(&mut self, _: Reg) {}
    fn set(&mut self, _: Reg, (): ()) {}
    fn op(&mut self, op: Op, _: u8, operands: &[()]) {
        if matches!(op, Op::Opaque(_) | Op::Shuffle(_)) {
            self.0.push((op, operands.len()));
        }
    }
    fn load(&mut self, (): (), _: u8) {}
    fn store(&mut self, (): (), (): (), _: u8) {}
    fn branch(&mut self, (): ()) {}
    fn target(&mut self, (): ()) {}
    fn block(&mut self, _: bool, (): (), (): (), (): (), _: u8) {}
}

#[test]
fn what_is_opaque_has_the_same_name_in_sse_and_avx_and_another_for_another_number() {
    let names = |code: &str| {
        let mut names = Names::default();
        lift(64, &bytes(code), &mut names);
        names.0
    };
    for (assembly, sse, avx) in [
        ("pshufb xmm0, xmm1", "660f3800c1", "c4e27900c1"),
        ("pmaddwd xmm0, xmm1", "660ff5c1", "c5f9f5c1"),
        ("pshufd xmm0, xmm1, 0x1b", "660f70c11b", "c5f970c11b"),
        ("shufps xmm0, xmm1, 0x1b", "0fc6c11b", "c5f8c6c11b"),
    ] {
        assert_eq!(names(sse), names(avx), "{assembly}");
        assert!(!names(sse).is_empty(), "{assembly}");
    }
    assert_ne!(names("660f70c11b"), names("660f70c11c"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_bytes_panic(code in proptest::collection::vec(any::<u8>(), 1..15), wide in any::<bool>()) {
        let bits = if wide { 64 } else { 32 };
        lift(bits, &code, &mut machine(bits, "cx=3 sp=2000 di=1000 si=3000"));
    }
}

/// Every opcode of every map, with random bytes behind it: what a random string seldom has.
#[test]
fn no_opcode_panics() {
    let mut seed = 1u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    let prefixes: [&[u8]; 12] = [
        &[],
        &[0x66],
        &[0xf2],
        &[0xf3],
        &[0x48],
        &[0x0f],
        &[0x66, 0x0f],
        &[0xf2, 0x0f],
        &[0xf3, 0x48, 0x0f],
        &[0x66, 0x0f, 0x38],
        &[0x66, 0x0f, 0x3a],
        &[0x67],
    ];
    for _ in 0..40 {
        for opcode in 0..=255 {
            for prefix in prefixes {
                let rest: Vec<u8> = (0..10).map(|_| random()).collect();
                let code = [prefix, &[opcode], &rest].concat();
                lift(64, &code, &mut machine(64, "cx=3 sp=2000 di=1000 si=3000"));
                lift(32, &code, &mut machine(32, "cx=3 sp=2000 di=1000 si=3000"));
            }
            for (byte, second) in [(0xc5, random()), (0xc4, random()), (0x62, random()), (0x8f, random())] {
                let code = [byte, second, random(), random(), opcode, random(), random(), random(), 0, 0, 0];
                lift(64, &code, &mut machine(64, "cx=3"));
                lift(32, &code, &mut machine(32, "cx=3"));
            }
        }
    }
}
