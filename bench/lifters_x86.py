"""x86 and x86-64 in Unicorn, for lifters.py.

Not compared: what an instruction leaves undefined; flags the lifter says it does not
model (`UNMODELLED`); `call` and `ret` beyond their target (control is the caller's affair).
Unicorn's processor knows neither AVX nor FMA: those forms have tests of their own in
crates/dataflow/tests/x86.txt.
"""
import math

from lifters_shared import CARRY, DIRECTION, FLAGS, FS, GS, OVERFLOW, PARITY, SIGN, X87, ZERO, After, Case, Emulator, value, vector

REGION, SIZE = 0x2000000, 0x20000
CONTROL, STATUS = 68, 69
# The flag bits of the processor, and ours.
BITS = ((0, CARRY), (6, ZERO), (7, SIGN), (11, OVERFLOW), (2, PARITY))
ALL = CARRY | ZERO | SIGN | OVERFLOW | PARITY
SHIFTS = ('shl', 'sal', 'shr', 'sar', 'rol', 'ror', 'rcl', 'rcr', 'shld', 'shrd')
# What the processor leaves undefined.
UNDEFINED = {
    'mul': ZERO | SIGN | PARITY, 'imul': ZERO | SIGN | PARITY, 'div': ALL, 'idiv': ALL,
    'bt': OVERFLOW | SIGN | PARITY, 'bts': OVERFLOW | SIGN | PARITY,
    'btr': OVERFLOW | SIGN | PARITY, 'btc': OVERFLOW | SIGN | PARITY,
    'bsf': ALL & ~ZERO, 'bsr': ALL & ~ZERO,
    'tzcnt': OVERFLOW | SIGN | PARITY, 'lzcnt': OVERFLOW | SIGN | PARITY,
    'andn': PARITY, 'blsr': PARITY, 'blsi': PARITY, 'blsmsk': PARITY, 'bzhi': PARITY, 'bextr': SIGN | PARITY,
}
# Defined, but the lifter does not say it (no compiler reads it there).
# (Unicorn keeps sign and overflow at `fcomi`, Intel's manual clears them: neither is read.)
UNMODELLED = {'fcomi': SIGN | OVERFLOW, 'fcompi': SIGN | OVERFLOW, 'fucomi': SIGN | OVERFLOW, 'fucompi': SIGN | OVERFLOW, 'popcnt': PARITY, 'ptest': SIGN | PARITY}
SKIPPED = ('ret', 'retf', 'retfq', 'iret', 'iretd', 'iretq', 'syscall', 'sysenter', 'int', 'int3', 'hlt', 'in', 'out',
           'insb', 'insd', 'outsb', 'outsd', 'outsw', 'insw', 'ud2', 'cpuid', 'rdtsc', 'lcall', 'ljmp', 'int1', 'into')


class X86(Emulator):
    """How x86 runs in Unicorn."""

    def __init__(self, arch, seed):
        import capstone
        import unicorn
        import unicorn.x86_const as names
        self.wide = arch == 'x86-64'
        self.bits = 64 if self.wide else 32
        mode = unicorn.UC_MODE_64 if self.wide else unicorn.UC_MODE_32
        super().__init__(unicorn.UC_ARCH_X86, mode, seed, names.UC_CPU_X86_ICELAKE_CLIENT)
        self.capstone = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64 if self.wide else capstone.CS_MODE_32)
        self.capstone.detail = True
        general = 'RAX RCX RDX RBX RSP RBP RSI RDI R8 R9 R10 R11 R12 R13 R14 R15'.split()
        if not self.wide:
            general = ['E' + name[1:] for name in general[:8]]
        self.general = general
        self.ids = {n: getattr(names, f'UC_X86_REG_{name}') for n, name in enumerate(general)}
        count = 16 if self.wide else 8
        self.ids.update({32 + n: getattr(names, f'UC_X86_REG_XMM{n}') for n in range(count)})
        if self.wide:
            self.ids.update({FS: names.UC_X86_REG_FS_BASE, GS: names.UC_X86_REG_GS_BASE})
        self.names = names
        for page in range(REGION, REGION + SIZE, 0x1000):
            self.map(page)
        self.fixed = set(self.pages)
        self.fresh_state = self.uc.context_save()

    def decoded(self, code, address):
        return next(self.capstone.disasm(code, address, 1), None)

    def mnemonic(self, code, address):
        found = self.decoded(code, address)
        if not found or found.size != len(code) or found.mnemonic in SKIPPED:
            return None
        name = found.mnemonic.split()[-1]
        return None if name in SKIPPED or name[0] in 'vk' else name

    def mutate(self, code, rng):
        """Other registers, immediates, displacements: bits of all but the first byte, or any."""
        changed = bytearray(code)
        for _ in range(rng.choice((1, 1, 2))):
            at = rng.randrange(len(code)) if len(code) == 1 or rng.random() < 0.1 else rng.randrange(1, len(code))
            changed[at] ^= 1 << rng.randrange(8)
        return bytes(changed)

    def number(self, register):
        """Our number of a general register by its name for capstone, any part."""
        name = self.capstone.reg_name(register) or ''
        for n, whole in enumerate(self.general):
            short = whole[1:].lower()
            if name in (whole.lower(), 'e' + short, short, whole.lower() + 'd'):
                return n
        return None

    def case(self, code, address, rng):
        address &= (1 << self.bits) - 1
        found = self.decoded(code, address)
        if found.mnemonic == 'fnstsw' and found.operands[0].type == 3 or found.mnemonic == 'sahf' and len(code) > 1:
            return None  # the other bits of the status; Unicorn takes `spl` for `ah` behind a prefix
        if found.mnemonic == 'lock neg' or found.mnemonic == 'lock cmpxchg' and self.wide or not self.wide and code[0] == 0xc4 and (~code[1] & 0x20 or ~code[2] & 0x40):
            return None  # Unicorn's flags of the one, its upper half of `rax` after the other; it takes bits for `r8` to `r15` in 32-bit code
        if found.mnemonic == 'movabs' and found.operands[0].type + found.operands[1].type == 4:
            # a whole address in the instruction: Unicorn has fewer bits of them
            code = code[:-8] + (REGION + rng.randrange(SIZE - 16)).to_bytes(8, 'little')
        registers = {n: value(rng, self.bits) for n in range(len(self.general))}
        pointer = lambda: REGION + 0x4000 + rng.randrange(SIZE - 0x8000)
        text = found.mnemonic
        registers[4] = pointer() & ~7
        if text == 'leave' or text == 'enter':
            registers[5] = pointer()
        for operand in found.operands:
            if operand.type == 3:  # memory
                self.aim(operand.mem, registers, pointer, rng)
        if any(text.endswith(kind + size) for kind in ('movs', 'stos', 'lods', 'scas', 'cmps') for size in 'bwdq'):
            registers.update({6: pointer(), 7: pointer(), 1: rng.randrange(12) if 'rep' in text else registers[1]})
        if text in ('bt', 'bts', 'btr', 'btc') and found.operands[0].type == 3 and found.operands[1].type == 1:
            number = self.number(found.operands[1].reg)
            if number is not None and number not in (found.operands[0].mem.base,):
                registers[number] = rng.randrange(1 << 12)
                self.aim(found.operands[0].mem, registers, pointer, rng)
        if text == 'xlatb':
            registers[3] = pointer()
        if text == 'bzhi':  # counts beyond the width: Unicorn clears the highest bit then
            number = self.number(found.operands[2].reg)
            if number is not None:
                registers[number] &= ~0xff | 0x1f
        if text in ('div', 'idiv') and rng.random() < 0.8:
            registers[2] = rng.choice((0, 0, registers[2] & 0xff))
        registers.update({32 + n: vector(rng) for n in range(16 if self.wide else 8)})
        registers[FLAGS] = rng.randrange(32)
        registers[DIRECTION] = rng.randrange(2) if 'rep' not in text and rng.random() < 0.2 else 0
        if self.wide:
            registers.update({FS: pointer(), GS: pointer()})
        registers.update({X87 + n: double(rng) for n in range(8)})
        registers[CONTROL] = 0xe7f if text in ('fist', 'fistp') else 0x27f  # cutting, as for a cast; to the nearest
        registers[STATUS] = rng.choice((0, CARRY, ZERO, CARRY | ZERO | PARITY))
        return Case(code, address, registers)

    def aim(self, memory, registers, pointer, rng):
        """Chooses base and index so that the address is in the region."""
        base, index = self.number(memory.base), self.number(memory.index)
        if index is not None and index != base:
            registers[index] = rng.randrange(-64, 1024) & ((1 << self.bits) - 1)
        if base is not None:
            moved = registers[index] * memory.scale if index is not None and index != base else 0
            registers[base] = (pointer() - memory.disp - moved) & ((1 << self.bits) - 1)

    def execute(self, case):
        uc, names, before = self.uc, self.names, case.registers
        for page in self.pages - self.fixed if len(self.pages) > 400 else ():
            uc.mem_unmap(page, 0x1000)
            self.pages.remove(page)
        found = self.decoded(case.code, case.address)
        text = found.mnemonic.split()[-1]
        media = any(operand.type == 1 and self.capstone.reg_name(operand.reg).startswith('mm')
                    for operand in found.operands)
        self.prepare(before, media)
        if not self.run(case.code, case.address, repeated='rep' in found.mnemonic):
            return None
        after = After()
        after.read, after.written = self.fresh, self.written()
        end = uc.reg_read(names.UC_X86_REG_RIP if self.wide else names.UC_X86_REG_EIP)
        if end == case.address:  # it raised an exception
            return None
        if self.wide and any(at >> 40 for at in self.fresh):  # Unicorn has 52 bits of an address
            return None
        if text in ('jmp', 'call') and case.code[0] == 0x66:  # 16 bits for Unicorn, as for AMD; 64 for Intel
            return None
        operand = found.operands[0] if found.operands else None
        if text in ('call', 'jmp'):
            if operand.type != 2:
                after.target = end
            after.written = {}
            after.read = {at: byte for at, byte in after.read.items()}
            return after
        if operand and operand.type == 2 and 7 in found.groups or text.startswith(('j', 'loop')):
            after.taken = self.taken(found, operand, end)
        after.registers = {number: uc.reg_read(name) for number, name in self.ids.items()}
        self.flags(found, text, before, after)
        if text[-2:] in ('ss', 'sd', 'ps', 'pd'):
            after.alike = lambda number, ours, expected: 32 <= number < 64 and alike(ours, expected, 32 if text[-1] == 's' else 64)
        if text in ('bsf', 'bsr') and after.registers[FLAGS] & ZERO:
            del after.registers[self.number(operand.reg)]  # undefined
        self.floats(text, after, media)
        return after

    def taken(self, found, operand, end):
        after = (found.address + found.size) & ((1 << self.bits) - 1)
        # a branch to the next instruction says nothing
        return None if operand.imm & ((1 << self.bits) - 1) == after else end != after

    def prepare(self, before, media):
        uc, names = self.uc, self.names
        uc.context_restore(self.fresh_state)  # segments, modes: what earlier cases may have changed
        for number, name in self.ids.items():
            uc.reg_write(name, before[number])
        flags = 2 | before[DIRECTION] << 10
        for bit, ours in BITS:
            flags |= (1 << bit) if before[FLAGS] & ours else 0
        uc.reg_write(names.UC_X86_REG_EFLAGS, flags)
        status = before[STATUS]
        uc.reg_write(names.UC_X86_REG_FPSW, sum(1 << bit for bit, ours in ((8, CARRY), (10, PARITY), (14, ZERO)) if status & ours))
        uc.reg_write(names.UC_X86_REG_FPCW, before[CONTROL])
        uc.reg_write(names.UC_X86_REG_FPTAG, 0)
        uc.reg_write(names.UC_X86_REG_MXCSR, 0x1f80)
        for n in range(8):
            if media:
                uc.reg_write(names.UC_X86_REG_FP0 + n, (before[X87 + n], 0xffff))
            else:
                uc.reg_write(names.UC_X86_REG_FP0 + n, extended(before[X87 + n]))

    def flags(self, found, text, before, after):
        names = self.names
        eflags = self.uc.reg_read(names.UC_X86_REG_EFLAGS)
        after.registers[FLAGS] = sum(ours for bit, ours in BITS if eflags >> bit & 1)
        after.registers[DIRECTION] = eflags >> 10 & 1
        masked = UNDEFINED.get(text, 0) | UNMODELLED.get(text, 0)
        if text in SHIFTS:
            last = found.operands[-1]
            width = found.operands[0].size * 8
            once = len(found.operands) == 1 or last.type == 2 and last.imm & (63 if width == 64 else 31) == 1
            count = last.imm & 31 if last.type == 2 else before[1] & 31
            masked |= 0 if once else OVERFLOW
            masked |= CARRY if text in ('shl', 'sal', 'shr') and width < 32 and count > width else 0
        after.masks[FLAGS] = ALL & ~masked

    def floats(self, text, after, media):
        uc, names = self.uc, self.names
        if media:
            after.registers.update({X87 + n: uc.reg_read(names.UC_X86_REG_FP0 + n)[0] for n in range(8)})
            return
        status = uc.reg_read(names.UC_X86_REG_FPSW)
        top = status >> 11 & 7
        for n in range(8):
            found = from_extended(uc.reg_read(names.UC_X86_REG_FP0 + ((n + top) & 7)))
            after.registers[X87 + n] = found
            if found & ~(1 << 63) > 0x7ff << 52:  # no number: which one is not compared
                after.masks[X87 + n] = 0x7ff << 52
            if not found >> 52 & 0x7ff:  # too small for a double with all its digits: rounded twice
                after.masks[X87 + n] = 0xfff << 52
        if text.startswith('fn') and text.endswith('stsw'):
            after.masks[0] = ~0xffff | 0x4500  # less, unordered, equal


def alike(ours, expected, width):
    """Whether two vectors differ only in which no-number is where (Unicorn chooses by the rules of the x87)."""
    mask, least = (1 << width) - 1, (0xff << 23) if width == 32 else 0x7ff << 52
    none = lambda lane: lane & mask >> 1 > least
    lanes = [(ours >> at & mask, expected >> at & mask) for at in range(0, 128, width)]
    return all(a == b or none(a) and none(b) for a, b in lanes)


def double(rng):
    import struct
    number = rng.choice((0.0, 1.0, -1.0, 0.5, 2.5, rng.uniform(-1e3, 1e3), rng.uniform(-1e9, 1e9), rng.uniform(-1, 1)))
    return int.from_bytes(struct.pack('<d', number), 'little')


def extended(bits):
    """(mantissa, sign and exponent) of a double's bits; zero or normal."""
    sign, exponent, digits = bits >> 63, bits >> 52 & 0x7ff, bits & (1 << 52) - 1
    if exponent == 0:
        return (0, sign << 15)
    return (1 << 63 | digits << 11, sign << 15 | exponent + 16383 - 1023)


def from_extended(pair):
    """The bits of the nearest double."""
    import struct
    digits, high = pair
    exponent, sign = high & 0x7fff, high >> 15
    if exponent == 0x7fff:
        number = math.inf if digits << 1 & (1 << 64) - 1 == 0 else math.nan
    else:
        try:
            number = math.ldexp(digits, exponent - 16383 - 63)
        except OverflowError:
            number = math.inf
    number = -number if sign else number
    return int.from_bytes(struct.pack('<d', number), 'little')
