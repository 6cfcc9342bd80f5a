//! What A64 words do, as a table: a word, what is there before it, and what it changes.
//!
//! Registers are `x0` to `x30`, `sp`, `v0` to `v31`, `tls` and `flags` (the letters of those of `NZCV` that
//! are set, or `-`), memory is `[address]`, eight bytes; all hexadecimal. What is not given is zero before. After
//! it stands what changed, and whether a branch is `taken` or where an indirect one goes `to`. The word lies
//! at 400000. `bench/lifters.py` checks the same against an emulator, with random numbers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use cognate_dataflow::{Lifted, Machine, Numbers, Reg, a64};

const ADDRESS: u64 = 0x40_0000;

/// Runs each word (given with its assembly), all of them [`Lifted::Real`].
fn check(cases: &[(&str, u32, &str, &str)]) {
    let wrong: Vec<String> = cases.iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn wrong(&(assembly, word, before, expected): &(&str, u32, &str, &str)) -> Option<String> {
    let before = machine(before);
    let mut after = before.clone();
    let lifted = a64::lift(&mut after, word, ADDRESS);
    let changes = changes(&before, &after);
    (changes != expected || lifted != Lifted::Real)
        .then(|| format!("{assembly} ({word:08x}) is {lifted:?}, gives `{changes}`, not `{expected}`"))
}

/// A machine with what the text says.
fn machine(text: &str) -> Numbers {
    let mut numbers = Numbers::new(64);
    numbers.registers[usize::from(Reg::FLAGS.0)] = flags("-");
    for (name, value) in text.split_whitespace().map(|part| part.split_once('=').unwrap()) {
        if let Some(address) = name.strip_prefix('[') {
            let address = u64::from_str_radix(address.trim_end_matches(']'), 16).unwrap();
            numbers.store(address.into(), u128::from_str_radix(value, 16).unwrap(), 64);
            continue;
        }
        let at = usize::from(register(name).0);
        numbers.registers[at] =
            if name == "flags" { flags(value) } else { u128::from_str_radix(value, 16).unwrap() };
    }
    numbers
}

fn register(name: &str) -> Reg {
    let number = || name[1..].parse().unwrap();
    match name {
        "sp" => Reg::general(31),
        "flags" => Reg::FLAGS,
        "tls" => Reg::FS,
        _ if name.starts_with('v') => Reg::vector(number()),
        _ => Reg::general(number()),
    }
}

/// Letters to the machine's flags: its carry is the borrow.
fn flags(letters: &str) -> u128 {
    let set = |letter, at: u32| u128::from(letters.contains(letter)) << at;
    (set('C', 0) ^ 1) | set('Z', 1) | set('N', 2) | set('V', 3)
}

fn letters(flags: u128) -> String {
    let flags = flags ^ 1;
    let letters: String = [('N', 2), ('Z', 1), ('C', 0), ('V', 3)]
        .iter()
        .filter(|it| flags >> it.1 & 1 == 1)
        .map(|it| it.0)
        .collect();
    if letters.is_empty() { "-".to_owned() } else { letters }
}

/// What differs, in the order of registers and addresses.
fn changes(before: &Numbers, after: &Numbers) -> String {
    let mut parts = Vec::new();
    for (at, value) in after.registers.iter().enumerate() {
        if before.registers[at] & visible(at) != value & visible(at) {
            parts.push(match at {
                31 => format!("sp={value:x}"),
                0..31 => format!("x{at}={value:x}"),
                32..64 => format!("v{}={value:x}", at - 32),
                64 => format!("flags={}", letters(*value)),
                _ => format!("register {at}={value:x}"),
            });
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

/// The bits of a register that A64 has: of the flags, no parity.
fn visible(at: usize) -> u128 {
    if at == usize::from(Reg::FLAGS.0) { 0xf } else { u128::MAX }
}

#[test]
fn sums_and_differences() {
    check(&[
        ("add x0, x1, x2", 0x8b020020, "x1=5 x2=7", "x0=c"),
        ("add w0, w1, w2", 0x0b020020, "x0=ffffffffffffffff x1=ffffffff x2=2", "x0=1"),
        ("add x0, x1, x2, lsl #4", 0x8b021020, "x1=5 x2=7", "x0=75"),
        ("add x0, x1, w2, sxtw #2", 0x8b22c820, "x1=100 x2=fffffffe", "x0=f8"),
        ("sub sp, sp, #0x20", 0xd10083ff, "sp=1000", "sp=fe0"),
        ("mov x29, sp", 0x910003fd, "sp=1000", "x29=1000"),
        ("neg w0, w1", 0x4b0103e0, "x1=1", "x0=ffffffff"),
        ("adc x0, x1, x2", 0x9a020020, "x1=5 x2=7 flags=C", "x0=d"),
        ("sbc x0, x1, x2", 0xda020020, "x1=9 x2=4 flags=-", "x0=4"),
        ("add xzr, x1, x2", 0x8b02003f, "x1=5 x2=7", ""),
    ]);
}

#[test]
fn flags_are_the_manuals_with_the_carry_inverted() {
    check(&[
        ("cmp x1, x2", 0xeb02003f, "x1=5 x2=7", "flags=N"),
        ("cmp x1, x2", 0xeb02003f, "x1=7 x2=7", "flags=ZC"),
        ("cmp w1, #1", 0x7100043f, "x1=80000000", "flags=CV"),
        ("cmn w1, #1", 0x3100043f, "x1=ffffffff", "flags=ZC"),
        ("cmn w1, #5", 0x3100143f, "x1=fffffffc", "flags=C"),
        ("cmn x1, #0", 0xb100003f, "x1=0", "flags=Z"),
        ("adds x0, x1, #1", 0xb1000420, "x1=7fffffffffffffff", "x0=8000000000000000 flags=NV"),
        ("adds x0, x1, x2", 0xab020020, "x1=8000000000000000 x2=8000000000000000", "flags=ZCV"),
        ("sbcs w0, w1, w2", 0x7a020020, "x1=0 x2=0 flags=-", "x0=ffffffff flags=N"),
        ("tst x1, #0xf0", 0xf27c0c3f, "x1=f flags=CV", "flags=Z"),
        ("ands w0, w1, w2", 0x6a020020, "x1=80000001 x2=80000000", "x0=80000000 flags=N"),
        ("ccmp x1, #3, #4, eq", 0xfa430824, "x1=3 flags=CV", "flags=Z"),
        ("ccmp x1, #3, #4, ne", 0xfa431824, "x1=3 flags=-", "flags=ZC"),
        ("ccmn w1, #1, #0, ge", 0x3a41a820, "x1=ffffffff flags=NV", "flags=ZC"),
        ("ccmn w1, w2, #0, ge", 0x3a42a020, "x1=ffffffff x2=1 flags=NV", "flags=ZC"),
    ]);
}

#[test]
fn conditions_select() {
    check(&[
        ("csel x0, x1, x2, hi", 0x9a828020, "x1=5 x2=7 flags=C", "x0=5"),
        ("csel x0, x1, x2, hi", 0x9a828020, "x1=5 x2=7 flags=ZC", "x0=7"),
        ("csinc w0, w1, w2, lt", 0x1a82b420, "x1=5 x2=6 flags=-", "x0=7"),
        ("csneg x0, x1, x2, lt", 0xda82b420, "x1=5 x2=1 flags=-", "x0=ffffffffffffffff"),
        ("cset w0, ge", 0x1a9fb7e0, "flags=NV", "x0=1"),
        ("csetm x0, lo", 0xda9f23e0, "flags=-", "x0=ffffffffffffffff"),
        ("cinc x0, x1, eq", 0x9a811420, "x1=5 flags=Z", "x0=6"),
    ]);
}

#[test]
fn logic_and_constants() {
    check(&[
        ("and x0, x1, #0xff00ff00ff00ff00", 0x92089c20, "x1=123456789abcdef0", "x0=120056009a00de00"),
        ("bic w0, w1, w2", 0x0a220020, "x1=ff x2=f", "x0=f0"),
        ("orn x0, x1, x2", 0xaa220020, "x1=1 x2=fffffffffffffff0", "x0=f"),
        ("eor x0, x1, x2, ror #8", 0xcac22020, "x1=0 x2=ab", "x0=ab00000000000000"),
        ("mov x0, x1", 0xaa0103e0, "x1=5", "x0=5"),
        ("mov w0, w1", 0x2a0103e0, "x1=500000005", "x0=5"),
        ("mvn w0, w1", 0x2a2103e0, "x1=5", "x0=fffffffa"),
        ("movz x0, #0x1234, lsl #32", 0xd2c24680, "", "x0=123400000000"),
        ("movn w0, #0", 0x12800000, "", "x0=ffffffff"),
        ("movk x0, #0xbeef, lsl #16", 0xf2b7dde0, "x0=1111111111111111", "x0=11111111beef1111"),
    ]);
}

#[test]
fn bit_fields_are_their_aliases() {
    check(&[
        ("lsl x0, x1, #4", 0xd37cec20, "x1=f00000000000000f", "x0=f0"),
        ("lsr w0, w1, #4", 0x53047c20, "x1=f0000000000000ff", "x0=f"),
        ("asr w0, w1, #4", 0x13047c20, "x1=80000000", "x0=f8000000"),
        ("uxtb w0, w1", 0x53001c20, "x1=1234", "x0=34"),
        ("sxth x0, w1", 0x93403c20, "x1=18000", "x0=ffffffffffff8000"),
        ("sxtw x0, w1", 0x93407c20, "x1=80000000", "x0=ffffffff80000000"),
        ("ubfx x0, x1, #4, #12", 0xd3443c20, "x1=12345678", "x0=567"),
        ("sbfx x0, x1, #4, #8", 0x93442c20, "x1=ff0", "x0=ffffffffffffffff"),
        ("ubfiz x0, x1, #8, #4", 0xd3780c20, "x1=ff", "x0=f00"),
        ("sbfiz w0, w1, #4, #8", 0x131c1c20, "x1=80", "x0=fffff800"),
        ("bfi x0, x1, #8, #8", 0xb3781c20, "x0=1111111111111111 x1=ff", "x0=111111111111ff11"),
        ("bfxil w0, w1, #8, #8", 0x33083c20, "x0=11111111 x1=abcd", "x0=111111ab"),
        ("extr x0, x1, x2, #8", 0x93c22020, "x1=12 x2=3400", "x0=1200000000000034"),
        ("ror w0, w1, #8", 0x13812020, "x1=ab", "x0=ab000000"),
    ]);
}

#[test]
fn products_quotients_and_counts() {
    check(&[
        ("mul w0, w1, w2", 0x1b027c20, "x1=10000 x2=10001", "x0=10000"),
        ("madd x0, x1, x2, x3", 0x9b020c20, "x1=3 x2=4 x3=5", "x0=11"),
        ("msub x0, x1, x2, x3", 0x9b028c20, "x1=3 x2=4 x3=15", "x0=9"),
        ("mneg x0, x1, x2", 0x9b02fc20, "x1=3 x2=4", "x0=fffffffffffffff4"),
        ("smull x0, w1, w2", 0x9b227c20, "x1=ffffffff x2=2", "x0=fffffffffffffffe"),
        ("umaddl x0, w1, w2, x3", 0x9ba20c20, "x1=ffffffff x2=2 x3=1", "x0=1ffffffff"),
        ("umulh x0, x1, x2", 0x9bc27c20, "x1=ffffffffffffffff x2=ffffffffffffffff", "x0=fffffffffffffffe"),
        ("smulh x0, x1, x2", 0x9b427c20, "x1=ffffffffffffffff x2=2", "x0=ffffffffffffffff"),
        ("udiv x0, x1, x2", 0x9ac20820, "x1=15 x2=4", "x0=5"),
        ("sdiv w0, w1, w2", 0x1ac20c20, "x1=fffffff9 x2=2", "x0=fffffffd"),
        ("udiv x0, x1, x2", 0x9ac20820, "x0=1 x1=15 x2=0", "x0=0"),
        ("lsl w0, w1, w2", 0x1ac22020, "x1=1 x2=21", "x0=2"),
        ("clz w0, w1", 0x5ac01020, "x1=ff", "x0=18"),
        ("cls x0, x1", 0xdac01420, "x1=fffffffffffffff0", "x0=3b"),
        ("rbit w0, w1", 0x5ac00020, "x1=1", "x0=80000000"),
        ("rev x0, x1", 0xdac00c20, "x1=102030405060708", "x0=807060504030201"),
        ("rev16 w0, w1", 0x5ac00420, "x1=1020304", "x0=2010403"),
        ("rev32 x0, x1", 0xdac00820, "x1=102030405060708", "x0=403020108070605"),
    ]);
}

#[test]
fn addresses_are_relative_to_the_word() {
    check(&[
        ("adr x0, .+8", 0x10000040, "", "x0=400008"),
        ("adrp x0, .+0x3000", 0xf0000000, "", "x0=403000"),
        ("ldr x0, .+16", 0x58000080, "[400010]=1122334455667788", "x0=1122334455667788"),
    ]);
}

#[test]
fn loads_and_stores_find_their_address() {
    check(&[
        ("ldr x0, [x1, #16]", 0xf9400820, "x1=1000 [1010]=1122334455667788", "x0=1122334455667788"),
        ("ldr w0, [x1]", 0xb9400020, "x0=ffffffffffffffff x1=1000 [1000]=1122334455667788", "x0=55667788"),
        ("ldrb w0, [x1, #1]", 0x39400420, "x1=1000 [1000]=1122334455667788", "x0=77"),
        ("ldrsb w0, [x1]", 0x39c00020, "x1=1000 [1000]=88", "x0=ffffff88"),
        ("ldrsh x0, [x1]", 0x79800020, "x1=1000 [1000]=8000", "x0=ffffffffffff8000"),
        ("ldrsw x0, [x1, x2, lsl #2]", 0xb8a27820, "x1=1000 x2=2 [1008]=80000000", "x0=ffffffff80000000"),
        ("ldr x0, [x1, w2, sxtw #3]", 0xf862d820, "x1=1010 x2=ffffffff [1008]=5", "x0=5"),
        ("ldr x0, [x1, #8]!", 0xf8408c20, "x1=1000 [1008]=5", "x0=5 x1=1008"),
        ("ldr x0, [x1], #-8", 0xf85f8420, "x1=1000 [1000]=5", "x0=5 x1=ff8"),
        ("ldur x0, [x1, #-8]", 0xf85f8020, "x1=1008 [1000]=5", "x0=5"),
        ("str x0, [sp, #-16]!", 0xf81f0fe0, "x0=5 sp=1010", "sp=1000 [1000]=5"),
        ("strb w0, [x1]", 0x39000020, "x0=1234 x1=1000 [1000]=ffffffffffffffff", "[1000]=ffffffffffffff34"),
        ("str xzr, [x1]", 0xf900003f, "x1=1000 [1000]=ffffffffffffffff", "[1000]=0"),
        ("stp x29, x30, [sp, #-16]!", 0xa9bf7bfd, "x29=1 x30=2 sp=1010", "sp=1000 [1000]=1 [1008]=2"),
        ("ldp x1, x2, [x1]", 0xa9400821, "x1=1000 [1000]=5 [1008]=6", "x1=5 x2=6"),
        (
            "ldpsw x0, x2, [x1], #8",
            0x68c10820,
            "x1=1000 [1000]=ffffffff00000001",
            "x0=1 x1=1008 x2=ffffffffffffffff",
        ),
        ("ldr q0, [x1]", 0x3dc00020, "x1=1000 [1000]=5 [1008]=6", "v0=60000000000000005"),
        (
            "ldr s0, [x1]",
            0xbd400020,
            "v0=ffffffffffffffffffffffffffffffff x1=1000 [1000]=1122334455667788",
            "v0=55667788",
        ),
        ("stp d0, d1, [x1]", 0x6d000420, "v0=ff0000000000000001 v1=2 x1=1000", "[1000]=1 [1008]=2"),
        ("prfm pldl1keep, [x1]", 0xf9800020, "x1=1000", ""),
    ]);
}

#[test]
fn ordered_and_atomic_accesses() {
    check(&[
        ("ldar w0, [x1]", 0x88dffc20, "x1=1000 [1000]=5", "x0=5"),
        ("stlr x0, [x1]", 0xc89ffc20, "x0=7 x1=1000", "[1000]=7"),
        ("ldxr x0, [x1]", 0xc85f7c20, "x1=1000 [1000]=5", "x0=5"),
        ("stxr w2, x0, [x1]", 0xc8027c20, "x0=7 x1=1000 x2=9", "x2=0 [1000]=7"),
        ("cas w0, w2, [x1]", 0x88a07c22, "x0=5 x1=1000 x2=6 [1000]=5", "[1000]=6"),
        ("cas w0, w2, [x1]", 0x88a07c22, "x0=4 x1=1000 x2=6 [1000]=5", "x0=5"),
        ("ldadd w0, w2, [x1]", 0xb8200022, "x0=3 x1=1000 [1000]=5", "x2=5 [1000]=8"),
        ("ldclr x0, x2, [x1]", 0xf8201022, "x0=1 x1=1000 [1000]=5", "x2=5 [1000]=4"),
        ("ldsmax w0, w2, [x1]", 0xb8204022, "x0=ffffffba x1=1000 [1000]=1", "x2=1"),
        ("swp x0, x2, [x1]", 0xf8208022, "x0=3 x1=1000 [1000]=5", "x2=5 [1000]=3"),
    ]);
}

#[test]
fn branches_say_their_condition_or_target() {
    check(&[
        ("b.eq .+8", 0x54000040, "flags=Z", "taken"),
        ("b.lt .+8", 0x5400004b, "flags=NV", "not taken"),
        ("cbz x1, .+8", 0xb4000041, "x1=0", "taken"),
        ("cbnz w1, .+8", 0x35000041, "x1=100000000", "not taken"),
        ("tbz x1, #40, .+8", 0xb6400041, "x1=10000000000", "not taken"),
        ("tbnz w1, #3, .+8", 0x37180041, "x1=8", "taken"),
        ("tbnz w1, #31, .+8", 0x37f80041, "x1=80000000", "taken"),
        ("tbz x1, #63, .+8", 0xb6f80041, "x1=80000000", "taken"),
        ("blr x1", 0xd63f0020, "x1=1234", "to 1234"),
        ("bl .+8", 0x94000002, "", ""),
        ("ret", 0xd65f03c0, "x30=1234", ""),
        ("paciasp", 0xd503233f, "x30=1234", ""),
        ("mrs x0, tpidr_el0", 0xd53bd040, "tls=1000", "x0=1000"),
    ]);
}

#[test]
fn floats() {
    check(&[
        (
            "fadd d0, d1, d2",
            0x1e622820,
            "v0=ffffffffffffffffffffffffffffffff v1=3ff0000000000000 v2=4000000000000000",
            "v0=4008000000000000",
        ),
        ("fnmul s0, s1, s2", 0x1e228820, "v1=40000000 v2=40400000", "v0=c0c00000"),
        (
            "fmadd d0, d1, d2, d3",
            0x1f420c20,
            "v1=4000000000000000 v2=4008000000000000 v3=3ff0000000000000",
            "v0=401c000000000000",
        ),
        (
            "fnmsub d0, d1, d2, d3",
            0x1f628c20,
            "v1=4000000000000000 v2=4008000000000000 v3=3ff0000000000000",
            "v0=4014000000000000",
        ),
        ("fcmp d1, d2", 0x1e622020, "v1=3ff0000000000000 v2=4000000000000000", "flags=N"),
        ("fcmp d1, #0.0", 0x1e602028, "v1=7ff8000000000000", "flags=CV"),
        ("fcsel s0, s1, s2, gt", 0x1e22cc20, "v1=40000000 v2=40400000 flags=C", "v0=40000000"),
        ("fcvt d0, s1", 0x1e22c020, "v1=40000000", "v0=4000000000000000"),
        ("fcvtzs w0, d1", 0x1e780020, "v1=c004000000000000", "x0=fffffffe"),
        ("fcvtas x0, d1", 0x9e640020, "v1=c004000000000000", "x0=fffffffffffffffd"),
        ("scvtf d0, w1", 0x1e620020, "x1=fffffffe", "v0=c000000000000000"),
        ("ucvtf s0, x1", 0x9e230020, "x1=2", "v0=40000000"),
        ("scvtf d0, x1, #4", 0x9e42f020, "x1=8", "v0=3fe0000000000000"),
        ("frintm d0, d1", 0x1e654020, "v1=c004000000000000", "v0=c008000000000000"),
        ("fmov d0, #1.5", 0x1e6f1000, "", "v0=3ff8000000000000"),
        ("fmov x0, d1", 0x9e660020, "v1=ff4004000000000000", "x0=4004000000000000"),
        ("fmov v0.d[1], x1", 0x9eaf0020, "v0=5 x1=6", "v0=60000000000000005"),
        ("fmov s0, w1", 0x1e270020, "x1=1122334455667788", "v0=55667788"),
    ]);
}

#[test]
fn vectors_are_moved() {
    check(&[
        (
            "mov v0.16b, v1.16b",
            0x4ea11c20,
            "v1=123456789abcdef0123456789abcdef0",
            "v0=123456789abcdef0123456789abcdef0",
        ),
        (
            "mov v0.8b, v1.8b",
            0x0ea11c20,
            "v0=ffffffffffffffffffffffffffffffff v1=123456789abcdef0123456789abcdef0",
            "v0=123456789abcdef0",
        ),
        ("movi v0.2d, #0", 0x6f00e400, "v0=ffffffffffffffffffffffffffffffff", "v0=0"),
        ("movi v0.4s, #1, lsl #8", 0x4f002420, "", "v0=100000001000000010000000100"),
        ("mvni v0.2s, #1", 0x2f000420, "", "v0=fffffffefffffffe"),
        ("movi d0, #0xff00ff00ff00ff00", 0x2f05e540, "", "v0=ff00ff00ff00ff00"),
        ("fmov v0.2d, #1.0", 0x6f03f600, "", "v0=3ff00000000000003ff0000000000000"),
        ("orr v0.8h, #1", 0x4f009420, "v0=10", "v0=10001000100010001000100010011"),
        ("dup v0.4s, w1", 0x4e040c20, "x1=100000005", "v0=5000000050000000500000005"),
        ("dup v0.8b, v1.b[3]", 0x0e070420, "v1=ab000000", "v0=abababababababab"),
        (
            "mov v0.s[1], v1.s[2]",
            0x6e0c4420,
            "v0=ffffffffffffffffffffffffffffffff v1=550000000000000000",
            "v0=ffffffffffffffff00000055ffffffff",
        ),
        ("umov w0, v1.h[1]", 0x0e063c20, "v1=80000000", "x0=8000"),
        ("smov x0, v1.h[1]", 0x4e062c20, "v1=80000000", "x0=ffffffffffff8000"),
        ("mov d0, v1.d[1]", 0x5e180420, "v1=550000000000000000", "v0=55"),
        (
            "ext v0.16b, v1.16b, v2.16b, #12",
            0x6e026020,
            "v1=ffffffff000000000000000000000000 v2=1122334455667788",
            "v0=1122334455667788ffffffff",
        ),
        (
            "zip1 v0.4h, v1.4h, v2.4h",
            0x0e423820,
            "v1=4444333322221111 v2=ddddccccbbbbaaaa",
            "v0=bbbb2222aaaa1111",
        ),
        (
            "zip2 v0.8h, v1.8h, v2.8h",
            0x4e427820,
            "v1=44443333222211110000000000000000 v2=ddddccccbbbbaaaa0000000000000000",
            "v0=dddd4444cccc3333bbbb2222aaaa1111",
        ),
        (
            "uzp2 v0.2s, v1.2s, v2.2s",
            0x0e825820,
            "v1=4444333322221111 v2=ddddccccbbbbaaaa",
            "v0=ddddcccc44443333",
        ),
        (
            "trn1 v0.4s, v1.4s, v2.4s",
            0x4e822820,
            "v1=44444444333333332222222211111111 v2=ddddddddccccccccbbbbbbbbaaaaaaaa",
            "v0=cccccccc33333333aaaaaaaa11111111",
        ),
    ]);
}

#[test]
fn vectors_are_calculated_lane_by_lane() {
    check(&[
        (
            "add v0.4s, v1.4s, v2.4s",
            0x4ea28420,
            "v1=ffffffff0000000000000001ffffffff v2=00000001000000000000000100000001",
            "v0=200000000",
        ),
        (
            "add v0.8b, v1.8b, v2.8b",
            0x0e228420,
            "v1=ff00ff00ff v2=10001000100010001000100010001",
            "v0=1000000000000",
        ),
        ("cmhi v0.16b, v1.16b, v2.16b", 0x6e223420, "v1=ff00 v2=100", "v0=ff00"),
        (
            "cmge v0.2d, v1.2d, v2.2d",
            0x4ee23c20,
            "v1=ffffffffffffffff0000000000000001 v2=1",
            "v0=ffffffffffffffff",
        ),
        ("cmtst v0.4s, v1.4s, v2.4s", 0x4ea28c20, "v1=200000003 v2=100000002", "v0=ffffffff"),
        ("bsl v0.16b, v1.16b, v2.16b", 0x6e621c20, "v0=ff00 v1=1234 v2=5678", "v0=1278"),
        ("mla v0.4s, v1.4s, v2.4s", 0x4ea29420, "v0=1 v1=300000002 v2=500000004", "v0=f00000009"),
        ("mul v0.4h, v1.4h, v2.h[1]", 0x0f528020, "v1=40003 v2=50000", "v0=14000f"),
        ("addp v0.4s, v1.4s, v2.4s", 0x4ea2bc20, "v1=4000000030000000200000001 v2=1", "v0=10000000700000003"),
        ("uabd v0.4s, v1.4s, v2.4s", 0x6ea27420, "v1=3 v2=100000005", "v0=100000002"),
        ("neg v0.4s, v1.4s", 0x6ea0b820, "v1=1", "v0=ffffffff"),
        ("shl v0.4s, v1.4s, #4", 0x4f245420, "v1=f0000001", "v0=10"),
        (
            "sshr v0.2d, v1.2d, #64",
            0x4f400420,
            "v1=80000000000000000000000000000001",
            "v0=ffffffffffffffff0000000000000000",
        ),
        ("usra v0.4s, v1.4s, #4", 0x6f3c1420, "v0=1 v1=30", "v0=4"),
        ("sli v0.8b, v1.8b, #4", 0x2f0c5420, "v0=0f v1=0a", "v0=af"),
        ("sxtl v0.8h, v1.8b", 0x0f08a420, "v1=80", "v0=ff80"),
        (
            "ushll2 v0.4s, v1.8h, #4",
            0x6f14a420,
            "v1=80000000000000000000000000000000",
            "v0=80000000000000000000000000000",
        ),
        ("xtn v0.2s, v1.2d", 0x0ea12820, "v1=11111111222222223333333344444444", "v0=2222222244444444"),
        (
            "shrn2 v0.4s, v1.2d, #32",
            0x4f208420,
            "v0=5 v1=11111111222222223333333344444444",
            "v0=11111111333333330000000000000005",
        ),
        ("umlal v0.2d, v1.2s, v2.2s", 0x2ea28020, "v0=1 v1=ffffffff v2=ffffffff", "v0=fffffffe00000002"),
        ("saddw v0.8h, v1.8h, v2.8b", 0x0e221020, "v1=5 v2=ff", "v0=4"),
        ("uaddlp v0.4h, v1.8b", 0x2e202820, "v1=ff02", "v0=101"),
        ("addv s0, v1.4s", 0x4eb1b820, "v1=4000000030000000200000001", "v0=a"),
        ("sminv h0, v1.4h", 0x0e71a820, "v1=800000010002", "v0=8000"),
        ("faddp d0, v1.2d", 0x7e70d820, "v1=3ff00000000000004000000000000000", "v0=4008000000000000"),
        (
            "fmla v0.2d, v1.2d, v2.d[1]",
            0x4fc21820,
            "v0=3ff0000000000000 v1=4000000000000000 v2=40080000000000000000000000000000",
            "v0=401c000000000000",
        ),
        ("fcmgt v0.4s, v1.4s, #0.0", 0x4ea0c820, "v1=bf8000003f800000", "v0=ffffffff"),
        (
            "scvtf v0.2d, v1.2d",
            0x4e61d820,
            "v1=fffffffffffffffe0000000000000001",
            "v0=c0000000000000003ff0000000000000",
        ),
        ("fcvtzs d0, d1", 0x5ee1b820, "v1=c004000000000000", "v0=fffffffffffffffe"),
    ]);
}

#[test]
fn structures_are_taken_apart_and_put_together() {
    check(&[
        (
            "ld1 {v0.16b, v1.16b}, [x1], #32",
            0x4cdfa020,
            "x1=1000 [1008]=5 [1010]=6",
            "x1=1020 v0=50000000000000000 v1=6",
        ),
        (
            "ld2 {v0.4s, v1.4s}, [x1]",
            0x4c408820,
            "x1=1000 [1000]=200000001 [1008]=400000003 [1010]=600000005",
            "v0=50000000300000001 v1=60000000400000002",
        ),
        (
            "ld4 {v0.8b, v1.8b, v2.8b, v3.8b}, [x1]",
            0x0c400020,
            "x1=1000 [1000]=403020104030201",
            "v0=101 v1=202 v2=303 v3=404",
        ),
        (
            "st2 {v0.2s, v1.2s}, [x1], x2",
            0x0c828820,
            "v0=300000001 v1=400000002 x1=1000 x2=40",
            "x1=1040 [1000]=200000001 [1008]=400000003",
        ),
        (
            "st4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x1]",
            0x4c000820,
            "v0=1 v1=2 v2=3 v3=4 x1=1000",
            "[1000]=200000001 [1008]=400000003 [1010]=0 [1018]=0 [1020]=0 [1028]=0 [1030]=0 [1038]=0",
        ),
        ("ld1r {v0.4s}, [x1], #4", 0x4ddfc820, "x1=1000 [1000]=5", "x1=1004 v0=5000000050000000500000005"),
        (
            "ld1 {v0.h}[3], [x1]",
            0x0d405820,
            "v0=ffffffffffffffffffffffffffffffff x1=1000 [1000]=5",
            "v0=ffffffffffffffff0005ffffffffffff",
        ),
        ("st1 {v0.s}[1], [x1]", 0x0d009020, "v0=500000000 x1=1000", "[1000]=5"),
    ]);
}

#[test]
fn what_is_not_known_sets_its_destination_from_its_sources() {
    for (word, register) in [(0x9ac1_4c20, "x0"), (0x4e62_4c20, "v0"), (0xd538_0000, "x0")] {
        let mut numbers = machine("x0=5 x1=1 x2=2 v0=5 v1=1 v2=2");
        assert_eq!(a64::lift(&mut numbers, word, ADDRESS), Lifted::Opaque, "{word:08x}");
        let value = numbers.get(self::register(register));
        assert_eq!(value, 0, "{word:08x}"); // what is opaque is zero in numbers
    }
}

#[test]
fn no_word_panics() {
    let mut numbers = machine("x0=1000 x1=2000 x2=3");
    let mut word = 0u32;
    // An odd stride goes round all of them; each step is another place of each field.
    for _ in 0..4_000_000 {
        a64::lift(&mut numbers, word, ADDRESS);
        word = word.wrapping_add(0x9e37_79b1);
        if word & 0xfff == 0 {
            numbers.memory.clear();
        }
    }
}
