"""A64 in Unicorn, for lifters.py: what a word is called, how it is changed, what it runs on."""
import struct

import capstone
import unicorn
import unicorn.arm64_const as arm

from lifters_shared import FLAGS, FS, After, Case, Emulator, value, vector

GENERAL = [getattr(arm, f'UC_ARM64_REG_X{n}') for n in range(29)] + [arm.UC_ARM64_REG_X29, arm.UC_ARM64_REG_X30]
VECTOR = [getattr(arm, f'UC_ARM64_REG_Q{n}') for n in range(32)]
# Where code and data lie: few pages, low enough for any physical address.
CODE, DATA, PAGES = 0x40_0000, 0x1000_0000, 16
CONDITIONAL = ('b.', 'cbz', 'cbnz', 'tbz', 'tbnz')
# Not compared: signed least and greatest in memory, which Unicorn 2.1.4 compares without their signs when
# they are narrow (`ldsmax w` of 1 and -70 gives -70); traps and waits, system registers, exclusive stores (Unicorn has no reservation; ours succeed).
EXCLUDED = ('svc', 'hvc', 'smc', 'brk', 'hlt', 'udf', 'eret', 'drps', 'wf', 'dcps', 'msr', 'sys', 'at', 'dc', 'ic', 'tlbi', 'sev',
            'ldsmax', 'ldsmin', 'stsmax', 'stsmin', 'stxr', 'stlxr', 'stxp', 'stlxp', 'yield')
# What A64 gives for a float that is too large; our machine gives what x86 does.
OUT_OF_RANGE = (0x7fff_ffff, 0x7fff_ffff_ffff_ffff)
COMPARES = ('fcm', 'fccmp', 'fac', 'fcsel')


def nzcv_of(flags):
    """The flags of the machine (its carry is the borrow) as `nzcv`."""
    bit = lambda at: flags >> at & 1
    return (bit(2) << 3 | bit(1) << 2 | (bit(0) ^ 1) << 1 | bit(3)) << 28


def flags_of(nzcv):
    bit = lambda at: nzcv >> at & 1
    return (bit(29) ^ 1) | bit(30) << 1 | bit(31) << 2 | bit(28) << 3


def is_memory(word):
    return word >> 25 & 5 == 4


class A64(Emulator):
    """How A64 runs in Unicorn."""
    wide = True

    def __init__(self, seed):
        super().__init__(unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM, seed, arm.UC_CPU_ARM64_MAX)
        self.disassembler = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM)

    def mnemonic(self, code, address):
        found = next(self.disassembler.disasm_lite(code, address), None)
        return found[2] if found else ''

    def mutate(self, code, rng):
        """Other registers, or a few other bits."""
        word, kind = int.from_bytes(code, 'little'), rng.random()
        if kind < 0.2:
            word ^= rng.getrandbits(14) << 10 & (rng.getrandbits(14) << 10 | 0x3f << 10)  # another of its group
        elif kind < 0.7:
            for low in (0, 5, 10, 16):
                if rng.random() < 0.5:
                    word = word & ~(31 << low) | rng.choice((rng.randrange(32), 31, 0)) << low
        else:
            for _ in range(rng.randrange(1, 4)):
                word ^= 1 << rng.randrange(32)
        return word.to_bytes(4, 'little')

    def case(self, code, address, rng):
        word, name = int.from_bytes(code, 'little'), self.mnemonic(code, address)
        if name == 'mrs' and word & ~31 != 0xd53bd040 or name.startswith(EXCLUDED) and name != 'dmb':
            return None
        if self.unpredictable(word) or word & 0x8f60c400 == 0x0e400400 or word & 0x8f7e0c00 == 0x0e780800:
            return None  # the latter are vectors of halves: where they are no instruction Unicorn aborts
        address = CODE + (address & 0xfffc)
        registers = {n: value(rng, 64) for n in range(31)}
        registers[31] = self.place(rng) & ~15
        floats = name[0] == 'f' and not name.startswith('fmov')
        for n in range(32, 64):
            registers[n] = self.floats(word, name, rng) if floats else vector(rng)
        registers[FLAGS], registers[FS] = rng.getrandbits(4), value(rng, 64)
        rn, rm = word >> 5 & 31, word >> 16 & 31
        if is_memory(word) or name in ('br', 'blr', 'ret'):
            if rm != 31:
                registers[rm] = rng.choice((rng.randrange(256), (1 << 64) - rng.randrange(1, 256), 0xffff_ff00 | 0xf0))
            if rn != 31:
                registers[rn] = self.place(rng) & ~15
            if name.startswith('cas') and rng.random() < 0.5:
                registers[rm] = 0
        return Case(code, address, registers)

    def place(self, rng):
        """An address, with room on both sides."""
        return DATA + rng.randrange(PAGES) * 0x10000 + rng.randrange(0x8000)

    def unpredictable(self, word):
        """Whether the manual leaves open what happens: a base written back that is also loaded or stored."""
        if not is_memory(word):
            return False
        rt, rn, rt2, vector_ = word & 31, word >> 5 & 31, word >> 10 & 31, word >> 26 & 1
        pair = word & 0x3a000000 == 0x28000000 or word & 0x3f200000 == 0x08200000
        load = word >> 22 & 1
        if pair and load and rt == rt2:
            return True
        if vector_ or rn == 31:
            return False
        if pair:
            return word >> 23 & 1 == 1 and rn in (rt, rt2)
        return word & 0x3b200400 == 0x38000400 and rn == rt

    def floats(self, word, name, rng):
        """Floats of ordinary size; no numbers only where they are compared."""
        convert = name.startswith('fcvt')

        def one():
            kind = rng.randrange(12)
            if kind < 4:
                return rng.choice((0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, -0.5))
            if kind == 4 and name.startswith(COMPARES):
                return float('nan')
            number = rng.uniform(-1e3, 1e3) if kind < 10 or convert else rng.uniform(-1e12, 1e12)
            return abs(number) if name == 'fsqrt' else number
        double = word >> 22 & 1 and not name.startswith('fcvtl')
        return int.from_bytes(struct.pack('<2d' if double else '<4f', *(one() for _ in range(2 if double else 4))), 'little')

    def execute(self, case):
        uc, name = self.uc, self.mnemonic(case.code, case.address)
        for n, register in enumerate(GENERAL):
            uc.reg_write(register, case.registers[n])
        uc.reg_write(arm.UC_ARM64_REG_SP, case.registers[31])
        for n, register in enumerate(VECTOR):
            uc.reg_write(register, case.registers[32 + n])
        uc.reg_write(arm.UC_ARM64_REG_NZCV, nzcv_of(case.registers[FLAGS]))
        uc.reg_write(arm.UC_ARM64_REG_TPIDR_EL0, case.registers[FS])
        if not self.run(case.code, case.address):
            return None
        return self.after(case, name)

    def after(self, case, name):
        uc, after = self.uc, After()
        after.registers = {n: uc.reg_read(register) for n, register in enumerate(GENERAL)}
        after.registers[31] = uc.reg_read(arm.UC_ARM64_REG_SP)
        after.registers |= {32 + n: uc.reg_read(register) for n, register in enumerate(VECTOR)}
        after.registers[FLAGS] = flags_of(uc.reg_read(arm.UC_ARM64_REG_NZCV))
        after.masks[FLAGS] = 0xf
        after.registers[FS] = uc.reg_read(arm.UC_ARM64_REG_TPIDR_EL0)
        after.read, after.written = dict(self.fresh), self.written()
        next_ = uc.reg_read(arm.UC_ARM64_REG_PC)
        to_next = int.from_bytes(case.code, 'little') >> 5 & (0x3fff if name[0] == 't' else 0x7ffff) == 1
        if name.startswith(CONDITIONAL) and not to_next:
            after.taken = next_ != case.address + 4
        if name in ('br', 'blr'):
            after.target = next_
        if name in ('bl', 'blr'):
            del after.registers[30]  # the caller's affair
        if name[0] == 'f' and not name.startswith(('fmov', 'fneg', 'fabs', *COMPARES)) and self.no_number(case, after):
            return None  # which of many patterns is not modelled
        if name.startswith('fcvt') and after.registers[int.from_bytes(case.code, 'little') & 31] in OUT_OF_RANGE:
            return None
        return after

    def no_number(self, case, after):
        word = int.from_bytes(case.code, 'little')
        found = after.registers[32 + (word & 31)].to_bytes(16, 'little')
        return any(number != number for number in struct.unpack('<4f', found) + struct.unpack('<2d', found))
