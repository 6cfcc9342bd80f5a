"""What lifters.py and both of its machines share: an instruction and what it does, Unicorn, random values."""
import random
import struct

PAGE = 0x1000
# Numbers of the registers that are not general (0..31) or vector (32..63): crates/dataflow/src/machine.rs.
FLAGS, FS, GS, DIRECTION, X87 = 64, 65, 66, 67, 72
# Bits of the value of FLAGS.
CARRY, ZERO, SIGN, OVERFLOW, PARITY = 1, 2, 4, 8, 16


class Case:
    """An instruction and what is there before it: `registers` by number."""

    def __init__(self, code, address, registers):
        self.code, self.address, self.registers = code, address, registers


class After:
    """What is there after it, from Unicorn: `masks` say which bits of a register are compared."""

    def __init__(self):
        self.registers, self.masks, self.taken, self.target = {}, {}, None, None
        self.read, self.written = {}, {}  # address -> byte
        self.alike = lambda number, ours, expected: False  # values that differ and need not agree


class Emulator:
    """Unicorn, with memory that comes into being where it is touched."""

    def __init__(self, arch, mode, seed, model=None):
        import unicorn
        self.u = unicorn
        self.uc = unicorn.Uc(arch, mode)
        if model is not None:
            self.uc.ctl_set_cpu_model(model)
        self.random = random.Random(seed)
        self.fresh, self.touched, self.pages = {}, set(), set()
        self.uc.hook_add(unicorn.UC_HOOK_MEM_UNMAPPED, self.unmapped)
        self.uc.hook_add(unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE, self.access)
        self.uc.hook_add(unicorn.UC_HOOK_INTR, lambda *_: self.stop())
        self.uc.hook_add(unicorn.UC_HOOK_INSN_INVALID, lambda *_: False)
        self.faulted = False

    def stop(self):
        self.faulted = True
        self.uc.emu_stop()

    def map(self, address):
        page = address & ~(PAGE - 1)
        if page not in self.pages:
            self.uc.mem_map(page, PAGE)
            self.uc.mem_write(page, self.content())
            self.pages.add(page)

    def content(self):
        """Random bytes, with runs of small numbers among them."""
        words = [self.random.choice((0, 1, -1 & (1 << 64) - 1, self.random.getrandbits(64), self.random.getrandbits(64)))
                 for _ in range(PAGE // 8)]
        return b''.join(word.to_bytes(8, 'little') for word in words)

    def unmapped(self, uc, access, address, size, value, _):
        try:
            self.map(address)
            self.map(address + size - 1)
            return True
        except self.u.UcError:
            return False

    def access(self, uc, access, address, size, value, _):
        try:
            self.map(address)
            self.map(address + size - 1)
            content = uc.mem_read(address, size)
        except self.u.UcError:
            return
        for at, byte in enumerate(content):
            self.fresh.setdefault(address + at, byte)
        if access == self.u.UC_MEM_WRITE:
            self.touched.update(range(address, address + size))

    def run(self, code, address, repeated=False):
        """One instruction, to its last repetition where told; whether it ran without a fault."""
        self.fresh, self.touched, self.faulted = {}, set(), False
        try:
            self.map(address)
            self.map(address + len(code))
            self.uc.mem_write(address, code)
            self.uc.ctl_remove_cache(address, address + 16)
            end = address + len(code) if repeated else (1 << 64) - 1 if self.wide else (1 << 32) - 1
            self.uc.emu_start(address, end, count=0 if repeated else 1)
        except self.u.UcError:
            return False
        return not self.faulted

    def written(self):
        return {at: self.uc.mem_read(at, 1)[0] for at in self.touched}


def value(rng, width):
    """A random number, often one at an edge."""
    edge = (0, 1, 2, (1 << width) - 1, 1 << (width - 1), (1 << (width - 1)) - 1, rng.getrandbits(8), rng.getrandbits(5))
    return rng.choice(edge) & (1 << width) - 1 if rng.random() < 0.35 else rng.getrandbits(width)


def vector(rng):
    """128 bits: random, or floats of ordinary size (nothing that rounding modes or signalling NaNs decide)."""
    floats = lambda: [rng.choice((0.0, 1.0, -1.0, 0.5, rng.uniform(-1e3, 1e3), rng.uniform(-1e12, 1e12)))
                      for _ in range(4)]
    kind = rng.randrange(4)
    if kind == 0:
        return int.from_bytes(struct.pack('<2d', *floats()[:2]), 'little')
    if kind == 1:
        return int.from_bytes(struct.pack('<4f', *floats()), 'little')
    return rng.getrandbits(128) if kind == 2 else value(rng, 64) | value(rng, 64) << 64
