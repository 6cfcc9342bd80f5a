//! The language of the lifters: a [`Machine`] has registers, memory and [`Op`]s.
//!
//! A lifter says what an instruction does by calling a machine. It is written
//! once and run on two: on numbers ([`Numbers`](crate::Numbers), which defines
//! what every [`Op`] means and which tests run beside an independent emulator),
//! and on expressions (the tracing of a function). A value is a string of bits;
//! its width is that of the operation that made it.

/// The width of a value in bits: 1, 8, 16, 32, 64, 80 or 128.
pub type Width = u8;

/// A register, whole: parts are cut out with [`Op::Truncate`] and put in with [`Op::Insert`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reg(pub u8);

impl Reg {
    /// General register number `n`: x86 in the order of their encoding (`rax` 0, `rcx` 1, `rdx` 2,
    /// `rbx` 3, `rsp` 4, `rbp` 5, `rsi` 6, `rdi` 7, `r8` 8…), A64 `x0` to `x30`, and 31 for `sp`.
    pub const fn general(n: u8) -> Reg {
        Reg(n & 31)
    }

    /// Vector register number `n`: the low 128 bits of `xmm`/`ymm`, or `v0` to `v31`.
    pub const fn vector(n: u8) -> Reg {
        Reg(32 + (n & 31))
    }

    /// The flags, one value (see [`Op::FlagsSub`]).
    pub const FLAGS: Reg = Reg(64);
    /// The base of the segment `fs`, or `tpidr_el0`.
    pub const FS: Reg = Reg(65);
    /// The base of the segment `gs`.
    pub const GS: Reg = Reg(66);
    /// The direction flag of x86, 1 bit.
    pub const DIRECTION: Reg = Reg(67);

    /// The control word of the x87, 16 bits.
    pub const X87_CONTROL: Reg = Reg(68);
    /// The last comparison of the x87, as [`Reg::FLAGS`] would have it.
    pub const X87_STATUS: Reg = Reg(69);

    /// Element `n` of the x87 stack, counted from the top: doubles (80-bit precision is not modelled).
    pub const fn x87(n: u8) -> Reg {
        Reg(72 + (n & 7))
    }

    /// How many registers there are, named or not.
    pub const COUNT: usize = 80;
}

/// When a branch is taken, a value selected: on the flags of `a - b` unless said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cond {
    /// Equal, zero.
    Eq,
    /// Not equal.
    Ne,
    /// Unsigned less: the borrow (x86's carry; A64's carry inverted).
    Ult,
    /// Unsigned greater or equal.
    Uge,
    /// Unsigned less or equal.
    Ule,
    /// Unsigned greater.
    Ugt,
    /// Signed less.
    Slt,
    /// Signed greater or equal.
    Sge,
    /// Signed less or equal.
    Sle,
    /// Signed greater.
    Sgt,
    /// The result is negative.
    Negative,
    /// It is not.
    NotNegative,
    /// Signed overflow.
    Overflow,
    /// None.
    NoOverflow,
    /// Parity even; after a comparison of floats: unordered.
    Parity,
    /// Parity odd; ordered.
    NoParity,
}

impl Cond {
    /// The opposite.
    pub const fn negated(self) -> Cond {
        use Cond::*;
        match self {
            Eq => Ne,
            Ne => Eq,
            Ult => Uge,
            Uge => Ult,
            Ule => Ugt,
            Ugt => Ule,
            Slt => Sge,
            Sge => Slt,
            Sle => Sgt,
            Sgt => Sle,
            Negative => NotNegative,
            NotNegative => Negative,
            Overflow => NoOverflow,
            NoOverflow => Overflow,
            Parity => NoParity,
            NoParity => Parity,
        }
    }
}

/// What is done lane by lane to 128-bit values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // named as the scalar operations
pub enum Lane {
    Add,
    Sub,
    /// The low half of the product.
    Mul,
    /// Shift each lane by the number in the second value (the same for all lanes, 64 bits).
    Shl,
    Shr,
    Sar,
    /// All ones where true.
    Eq,
    /// Signed greater, all ones where true.
    Sgt,
    /// Unsigned greater or equal, all ones where true.
    Uge,
    MinU,
    MaxU,
    MinS,
    MaxS,
    FAdd,
    FSub,
    FMul,
    FDiv,
    FMin,
    FMax,
    /// The lower halves' lanes of both, interleaved.
    UnpackLow,
    /// The upper halves' lanes of both, interleaved.
    UnpackHigh,
    /// The lanes of the first with even numbers, then those of the second.
    Even,
    /// The lanes of the first with odd numbers, then those of the second.
    Odd,
    /// The lane of the first, as many times as there is room.
    Broadcast,
}

/// An operation. `width` is the width of its result, for comparisons and
/// flags that of its operands. What each means to the bit stands in `numbers.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the plain ones say it with their names
pub enum Op {
    // Integers: two operands unless said.
    Add,
    Sub,
    Mul,
    /// One operand.
    Neg,
    /// One operand.
    Not,
    And,
    Or,
    Xor,
    /// Shifts by the second operand's low bits (`width - 1`; modulo `width`).
    Shl,
    Shr,
    Sar,
    Rol,
    Ror,
    /// The upper half of the double-width product.
    MulHighU,
    MulHighS,
    /// Division by zero gives zero (x86 faults, A64 gives zero).
    DivU,
    DivS,
    RemU,
    RemS,
    /// Of the double-width number `high:low` by a divisor: (high, low, divisor).
    DivWideU,
    DivWideS,
    RemWideU,
    RemWideS,
    // Widths: one operand unless said.
    /// Its low `width` bits.
    Truncate,
    /// Zeroes in front.
    ZeroExtend,
    /// The sign of a value of so many bits in front.
    SignExtend(Width),
    /// (old, new): bits `at..at+bits` of old become the low bits of new.
    Insert {
        /// The lowest bit replaced.
        at: u8,
        /// How many bits are replaced.
        bits: u8,
    },
    // Truth: results are 0 or 1, of width 1; `width` is that of the operands.
    Eq,
    Ult,
    Slt,
    /// (condition, if true, if false).
    Select,
    // Bits: one operand.
    PopCount,
    LeadingZeros,
    TrailingZeros,
    ByteSwap,
    BitReverse,
    // Floats of width 32 or 64.
    FAdd,
    FSub,
    FMul,
    FDiv,
    FMin,
    FMax,
    /// One operand.
    FSqrt,
    FNeg,
    FAbs,
    /// (a, b, c): a * b + c, rounded once.
    FMulAdd,
    /// Truth, as Eq.
    FEq,
    FLt,
    FUnordered,
    /// From a signed integer of so many bits.
    FloatFromS(Width),
    FloatFromU(Width),
    /// To a signed integer of `width` bits, towards zero, from a float of so many bits; out of range as the machine likes.
    FloatToS(Width),
    FloatToU(Width),
    /// From a float of so many bits.
    FloatConvert(Width),
    /// To a whole float: towards zero 3, up 2, down 1, nearest 0 (halves to even) or 4 (halves away from zero).
    FRound(u8),
    // Flags: carry (borrow) is bit 0, zero bit 1, sign bit 2, overflow bit 3, parity bit 4.
    /// Of `a - b`.
    FlagsSub,
    /// Of `a + b`.
    FlagsAdd,
    /// Of `a + b + carry`, the third operand of width 1.
    FlagsAddCarry,
    /// Of `a - b - borrow`.
    FlagsSubBorrow,
    /// Of a result; carry and overflow are zero.
    FlagsLogic,
    /// (new, old): carry as in old, the rest as in new.
    FlagsKeepCarry,
    /// (bit, old): carry is the bit, the rest as in old.
    FlagsSetCarry,
    /// (bit, old): overflow is the bit, the rest as in old.
    FlagsSetOverflow,
    /// (flags): carry inverted.
    FlagsInvertCarry,
    /// Of the comparison of two floats as x86 sets them: unordered sets zero, parity and carry.
    FlagsFloat,
    /// The same as A64 sets them, with carry inverted: less sets sign and borrow, unordered overflow.
    FlagsFloatA64,
    /// Whether a condition holds on flags: 0 or 1.
    Test(Cond),
    // 128-bit values.
    /// Lane by lane, lanes of so many bits.
    Lanes(Lane, u8),
    /// Bytes of (a) or of (a, b) in another order, named by the hash of what says the order.
    Shuffle(u32),
    /// Something not modelled, named by a hash: known inputs, one output.
    Opaque(u32),
}

impl Op {
    /// The [`Op::Shuffle`] whose result has, at each byte, so numbered a byte of its
    /// operands: 0 to 15 of the first, 16 to 31 of the second, else zero.
    ///
    /// The same order has the same name, whichever instruction asks for it.
    pub fn shuffle(order: [u8; 16]) -> Op {
        let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        Op::Shuffle(order.iter().fold(0x811c_9dc5, step))
    }
}

/// What runs, or traces, what a lifter says.
pub trait Machine {
    /// A value.
    type Value: Copy;

    /// A number that is no address.
    fn constant(&mut self, value: u64, width: Width) -> Self::Value;

    /// A number that the instruction holds in its bytes at `place`: the machine
    /// decides whether it is an address of the image.
    fn immediate(&mut self, value: u64, width: Width, place: u64) -> Self::Value;

    /// An address of the image, of pointer width (relative to the program counter).
    fn address(&mut self, address: u64) -> Self::Value;

    /// A whole register: of pointer width (general), 128 (vector), 64 (x87), 8 (flags), 1 (direction).
    fn get(&mut self, reg: Reg) -> Self::Value;

    /// Sets a whole register.
    fn set(&mut self, reg: Reg, value: Self::Value);

    /// Calculates.
    fn op(&mut self, op: Op, width: Width, operands: &[Self::Value]) -> Self::Value;

    /// Reads memory.
    fn load(&mut self, address: Self::Value, width: Width) -> Self::Value;

    /// Writes memory.
    fn store(&mut self, address: Self::Value, value: Self::Value, width: Width);

    /// The instruction branches where the condition (width 1) holds.
    fn branch(&mut self, condition: Self::Value);

    /// The instruction jumps to or calls this address.
    fn target(&mut self, target: Self::Value);

    /// Memory is copied (`source` is an address) or filled (`source` is a value):
    /// `count` elements of `width`.
    fn block(&mut self, copy: bool, to: Self::Value, source: Self::Value, count: Self::Value, width: Width);
}

/// How well an instruction was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifted {
    /// All it does to registers and memory was said.
    Real,
    /// Some result is an [`Op::Opaque`] (or [`Op::Shuffle`]) of its inputs.
    Opaque,
}
