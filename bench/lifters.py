#!/usr/bin/env python3
"""The lifters beside an independent emulator (Unicorn): a differential test.

    lifters.py --arch x86|x86-64|aarch64 --count N --seed S --corpus PATH [PATH...]

Takes instructions from the recovered functions of the files under PATH (the example
`lifted_share --sample`), by mnemonic, some with random bits changed; runs each on random registers
and memory in Unicorn and in the machine of numbers (the example `run_numbers`); compares
registers, flags that are defined, memory written, whether a branch is taken, where an
indirect jump goes. Instructions Unicorn faults on or the lifter calls opaque are counted apart.
Needs `pip install unicorn capstone`; the examples are looked for in
$CARGO_TARGET_DIR/release/examples (build with `cargo build --release -p cognate-dataflow --examples`).
"""
import argparse
import collections
import os
import random
import subprocess


def examples(name):
    folder = os.environ.get('CARGO_TARGET_DIR', 'target')
    return os.path.join(folder, 'release', 'examples', name)


class Ours:
    """The machine of numbers."""

    def __init__(self, arch):
        self.arch = arch
        self.process = subprocess.Popen([examples('run_numbers')], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)

    def run(self, case, memory):
        registers = ','.join(f'{n}={v:x}' for n, v in case.registers.items())
        content = ','.join(f'{at:x}:{byte:02x}' for at, byte in memory.items())
        self.process.stdin.write(f'{self.arch}\t{case.code.hex()}\t{case.address:x}\t{registers}\t{content}\n')
        self.process.stdin.flush()
        lifted, registers, memory, taken, target = self.process.stdout.readline().rstrip('\n').split('\t')
        registers = collections.defaultdict(int, ((int(n), int(v, 16)) for n, v in
                                            (part.split('=') for part in registers.split(',') if part)))
        memory = {int(at, 16): int(byte, 16) for at, byte in (part.split(':') for part in memory.split(',') if part)}
        taken = None if taken == '-' else taken == '1'
        return lifted, registers, memory, taken, None if target == '-' else int(target, 16)


def differences(case, after, ours):
    """What differs, as text."""
    _, registers, memory, taken, target = ours
    for number, expected in after.registers.items():
        mask = after.masks.get(number, (1 << 128) - 1)
        if (registers[number] ^ expected) & mask and not after.alike(number, registers[number], expected):
            yield f'register {number}: {registers[number] & mask:x}, not {expected & mask:x}'
    for at, byte in after.written.items():
        if memory.get(at, 0) != byte:
            yield f'memory {at:x}: {memory.get(at, 0):02x}, not {byte:02x}'
    for at, byte in memory.items():
        if at not in after.written and after.read.get(at) != byte:
            yield f'memory {at:x}: {byte:02x} written, Unicorn writes nothing there'
    if after.taken is not None and after.taken != taken:
        yield f'branch taken: {taken}, not {after.taken}'
    if after.target is not None and after.target != target:
        yield f'target {target}, not {after.target:x}'


def untold(case, after, registers):
    """Registers Unicorn changes that an opaque instruction left as they were."""
    for number, expected in after.registers.items():
        mask, before = after.masks.get(number, (1 << 128) - 1), case.registers.get(number, 0)
        yield before and (expected ^ before) & mask and registers[number] == before  # what is opaque is zero


def corpus(arch, paths, each):
    """Instructions by mnemonic: (bytes, address)."""
    text = subprocess.run([examples('lifted_share'), '--sample', str(each), *paths],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = (line.split('\t') for line in text.splitlines())
    return [(bytes.fromhex(code), int(address, 16)) for name, code, address in rows if name == arch]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--arch', required=True, choices=('x86', 'x86-64', 'aarch64'))
    parser.add_argument('--count', type=int, default=20000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--each', type=int, default=40, help='instructions of one encoding taken from the corpus')
    parser.add_argument('--mutate', type=float, default=0.3, help='share with changed bits')
    parser.add_argument('--only', help='only this mnemonic')
    parser.add_argument('--failures', type=int, default=20, help='failing cases shown')
    parser.add_argument('--verbose', action='store_true', help='with what was there before them')
    parser.add_argument('--corpus', nargs='+', required=True)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    from lifters_a64 import A64
    from lifters_x86 import X86
    emulator = A64(options.seed) if options.arch == 'aarch64' else X86(options.arch, options.seed)
    ours = Ours(options.arch)
    by_mnemonic = collections.defaultdict(list)
    for code, address in corpus(options.arch, options.corpus, options.each):
        by_mnemonic[emulator.mnemonic(code, address)].append((code, address))
    if options.only:
        by_mnemonic = {options.only: by_mnemonic[options.only]}
    mnemonics = sorted(name for name in by_mnemonic if name)
    tally = collections.defaultdict(collections.Counter)
    shown = collections.Counter()
    for turn in range(options.count):
        code, address = rng.choice(by_mnemonic[mnemonics[turn % len(mnemonics)]])
        if rng.random() < options.mutate:
            code = emulator.mutate(code, rng)
        mnemonic = emulator.mnemonic(code, address)
        if not mnemonic or options.only not in (None, mnemonic):
            continue
        case = emulator.case(code, address, rng)
        after = case and emulator.execute(case)
        if not after:
            tally[mnemonic]['skipped'] += 1
            continue
        answer = ours.run(case, after.read)
        if answer[0] != 'real':
            tally[mnemonic][answer[0]] += 1
            tally[mnemonic]['untold'] += any(untold(case, after, answer[1]))
            continue
        wrong = list(differences(case, after, answer))
        tally[mnemonic]['wrong' if wrong else 'right'] += 1
        shown[mnemonic] += bool(wrong)
        if wrong and shown[mnemonic] <= 3 and sum(shown.values()) <= options.failures:
            registers = ' '.join(f'{n}={v:x}' for n, v in case.registers.items() if v)
            print(f'{mnemonic} {code.hex()} at {case.address:x}: {"; ".join(wrong[:4])}')
            if options.verbose:
                memory = ' '.join(f'{at:x}:{byte:02x}' for at, byte in after.read.items())
                print(f'    before: {registers}; read {memory}')
    report(tally)


def report(tally):
    total = sum(tally.values(), collections.Counter())
    compared = total['right'] + total['wrong']
    print(f'{compared} compared, {total["right"]} agree ({100 * total["right"] / max(compared, 1):.3f} %); '
          f'opaque {total["opaque"]}, undecoded {total["undecoded"]}, not run by Unicorn {total["skipped"]}; '
          f'{sum(1 for t in tally.values() if t["right"] + t["wrong"])} mnemonics compared')
    for mnemonic, counts in sorted(tally.items(), key=lambda item: -item[1]['wrong']):
        if counts['wrong']:
            print(f'  {mnemonic}: {counts["wrong"]} of {counts["right"] + counts["wrong"]} wrong')
    opaque = sorted(((c['opaque'], m) for m, c in tally.items() if c['opaque']), reverse=True)
    print('  opaque:', ' '.join(f'{m} {n}' for n, m in opaque[:60]))
    untold = sorted(((c['untold'], m) for m, c in tally.items() if c['untold']), reverse=True)
    print('  opaque, with an output untold:', ' '.join(f'{m} {n}' for n, m in untold[:60]))
    skipped = sorted(((c['skipped'], m) for m, c in tally.items() if c['skipped']), reverse=True)
    print('  not run:', ' '.join(f'{m} {n}' for n, m in skipped[:30]))


if __name__ == '__main__':
    main()
