#!/usr/bin/env python3
"""Does to our own C sources what obfuscating compiler passes do to code.

    obfuscate.py SOURCE.c --substitute --bogus --flatten --seed 1 > OUT.c

Needs pycparser (PyPI). The passes are those of Obfuscator-LLVM (Junod et al. 2015), in its order: instructions
substituted by mixed boolean arithmetic; blocks guarded by opaque predicates, with an altered copy as the branch
never taken; the control flow flattened into a dispatcher on a state variable. Those passes run after the compiler
has simplified. So that nothing is simplified back here, values go through `hide`, which takes no instruction.
Reads the part of C that first.c keeps to. Deterministic for a seed."""

import argparse
import copy
import random
from pycparser import c_ast, c_generator, c_parser

HEAD = """typedef unsigned int u32;
typedef unsigned char u8;
static inline __attribute__((always_inline)) u32 hide(u32 value) { __asm__("" : "+r"(value)); return value; }
u32 opaque_x, opaque_y;
"""
TEXT = c_generator.CGenerator()
PARSER = c_parser.CParser()


def expression(text):
    """The syntax tree of an expression."""
    return PARSER.parse(f"typedef unsigned u32; void f() {{ x = {text}; }}").ext[1].body.block_items[0].rvalue


def text(node):
    return "" if node is None else TEXT.visit(node)


class Substitution(c_ast.NodeVisitor):
    """Writes sums, differences and bit operations in other words."""

    RULES = {
        "+": ["(hide({a} ^ {b}) + 2 * hide({a} & {b}))", "(hide({a} | {b}) + hide({a} & {b}))",
              "({a} - hide(~{b}) - 1)", "({a} + {r} + {b} - hide({r}))"],
        "-": ["({a} + hide(~{b}) + 1)", "(hide({a} ^ {b}) - 2 * hide(~{a} & {b}))", "({a} + {r} - {b} - hide({r}))"],
        "&": ["(hide({a} ^ ~{b}) & {a})", "(hide({a} + {b}) - hide({a} | {b}))", "(hide({a} | {b}) - hide({a} ^ {b}))"],
        "|": ["(hide({a} & {b}) | hide({a} ^ {b}))", "(hide({a} & ~{b}) + {b})", "(hide({a} + {b}) - hide({a} & {b}))"],
        "^": ["(hide(~{a} & {b}) | hide({a} & ~{b}))", "(hide({a} | {b}) - hide({a} & {b}))"],
    }

    def __init__(self, rng):
        self.rng = rng

    def visit(self, node):
        """The node or what takes its place."""
        for name, child in node.children():
            new = self.visit(child)
            if new is not child:
                put(node, name, new)
        if not isinstance(node, c_ast.BinaryOp) or node.op not in self.RULES or self.rng.random() < 0.25:
            return node
        if isinstance(node.left, c_ast.Constant) and isinstance(node.right, c_ast.Constant) or not is_pure(node):
            return node
        rule = self.rng.choice(self.RULES[node.op])
        made = rule.format(a=f"((u32)({text(node.left)}))", b=f"((u32)({text(node.right)}))", r=hex(self.rng.getrandbits(31)))
        return expression(made)


def put(node, name, new):
    """Replaces a child by its name, as `children` tells it."""
    if "[" in name:
        name, at = name[:-1].split("[")
        getattr(node, name)[int(at)] = new
    else:
        setattr(node, name, new)


def is_pure(node):
    """Whether an expression may be evaluated twice."""
    calls = isinstance(node, c_ast.FuncCall) and text(node.name) != "hide"
    return not calls and not isinstance(node, c_ast.Assignment) and all(is_pure(child) for _, child in node.children())


PREDICATES = [
    "((hide(opaque_x) * (hide(opaque_x) - 1)) & 1) == 0 || opaque_y < 10",
    "((hide(opaque_x) * (opaque_x + 1)) & 1) == 0",
    "(7 * hide(opaque_y) * opaque_y - 1) != opaque_x * hide(opaque_x)",
]


class Bogus:
    """Puts statements behind conditions that always hold, with an altered copy on the other side."""

    def __init__(self, rng):
        self.rng = rng

    def block(self, node):
        items = []
        for item in node.block_items or []:
            for name, child in item.children():
                if isinstance(child, c_ast.Compound):
                    self.block(child)
            if isinstance(item, c_ast.Assignment) and self.rng.random() < 0.4:
                junk = copy.deepcopy(item)
                junk.rvalue = expression(f"({text(junk.rvalue)}) {self.rng.choice('+^-')} {hex(self.rng.getrandbits(16))}")
                block = PARSER.parse(f"void f() {{ if ({self.rng.choice(PREDICATES)}) {{}} else {{}} }}").ext[0].body.block_items[0]
                block.iftrue, block.iffalse = c_ast.Compound([item]), c_ast.Compound([junk])
                item = block
            items.append(item)
        node.block_items = items


class Flattening:
    """Turns a body into blocks under one dispatcher."""

    def __init__(self, rng):
        self.rng, self.declared, self.blocks = rng, [], {}

    def state(self):
        state = self.rng.getrandbits(32)
        self.blocks[state] = []
        return state

    def statement(self, node, at, breaks=None, continues=None):
        """Adds a statement to the block `at`; the block that goes on behind it, None where none does."""
        if node is None or isinstance(node, c_ast.EmptyStatement):
            return at
        if isinstance(node, c_ast.Compound):
            for item in node.block_items or []:
                if at is None:
                    break
                at = self.statement(item, at, breaks, continues)
            return at
        if isinstance(node, c_ast.Decl):
            self.declared.append(text(node) + ";")
            return at
        if isinstance(node, c_ast.If):
            yes, no, behind = self.state(), self.state(), self.state()
            self.go(at, f"({text(node.cond)}) ? {yes:#x} : {no:#x}")
            for start, branch in ((yes, node.iftrue), (no, node.iffalse)):
                end = self.statement(branch, start, breaks, continues)
                if end is not None:
                    self.go(end, f"{behind:#x}")
            return behind
        if isinstance(node, (c_ast.For, c_ast.While)):
            is_for = isinstance(node, c_ast.For)
            at = self.statement(node.init, at) if is_for else at
            head, body, step, behind = self.state(), self.state(), self.state(), self.state()
            self.go(at, f"{head:#x}")
            self.go(head, f"({text(node.cond)}) ? {body:#x} : {behind:#x}" if node.cond else f"{body:#x}")
            end = self.statement(node.stmt, body, behind, step)
            if end is not None:
                self.go(end, f"{step:#x}")
            self.go(self.statement(node.next, step) if is_for else step, f"{head:#x}")
            return behind
        if isinstance(node, (c_ast.Break, c_ast.Continue)):
            self.go(at, f"{breaks if isinstance(node, c_ast.Break) else continues:#x}")
            return None
        self.blocks[at].append(text(node) + ";")
        return None if isinstance(node, c_ast.Return) else at

    def go(self, at, state):
        self.blocks[at].append(f"next_block = hide({state}); break;")

    def function(self, definition):
        start = self.state()
        end = self.statement(definition.body, start)
        if end is not None:
            self.blocks[end].append("return;" if "void" == definition.decl.type.type.type.names[0] else "return 0;")
        blocks = list(self.blocks.items())
        self.rng.shuffle(blocks)
        cases = "\n".join(f"case {state:#x}: {' '.join(lines)}" for state, lines in blocks)
        declared = " ".join(self.declared)
        return f"{text(definition.decl)} {{ {declared} u32 next_block; next_block = hide({start:#x}); for (;;) {{ switch (next_block) {{\n{cases}\n}} }} }}\n"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("source")
    options.add_argument("--seed", type=int, default=1)
    for name in ("substitute", "bogus", "flatten"):
        options.add_argument(f"--{name}", action="store_true")
    options = options.parse_args()
    source = open(options.source, encoding="utf-8").read()
    source = source[source.index("*/") + 2:]
    print(HEAD)
    for node in PARSER.parse(source).ext:
        if not isinstance(node, c_ast.FuncDef):
            continue
        rng = random.Random(f"{options.seed} {node.decl.name}")
        if options.substitute:
            Substitution(rng).visit(node.body)
        if options.bogus:
            Bogus(rng).block(node.body)
        print(Flattening(rng).function(node) if options.flatten else text(node))


main()
