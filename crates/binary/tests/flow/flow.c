/* The source of the recovery fixtures: what makes functions hard to tell apart.
 * No runtime is linked. Names end up in the `.syms` files beside the binaries. */
typedef unsigned int u32;
#define KEEP __attribute__((noinline, noclone))

static volatile int sink;
static volatile int *volatile place;

/* never returns: whoever calls it ends there */
KEEP __attribute__((noreturn)) static void give_up(int code) {
    sink = code;
    for (;;) __builtin_trap();
}

KEEP static int leaf(int a) { return a * sink + 3; }

/* a tail call where the compiler optimises */
KEEP static int forward(int a) { sink = a; return leaf(a + 1); }

/* a jump table of many cases */
KEEP static int dispatch(int op, int a) {
    switch (op) {
    case 0: return leaf(a);
    case 1: sink = a; return 12;
    case 2: return leaf(a + sink) * 9;
    case 3: sink ^= a; break;
    case 4: return forward(a) - 77;
    case 5: sink -= 31; break;
    case 6: return a << (sink & 3);
    case 7: sink = leaf(sink); break;
    case 8: return a / (sink | 1);
    case 9: give_up(a);
    case 10: return sink % (a | 1);
    default: return -1;
    }
    return sink + op;
}

/* a jump table inside a loop */
KEEP static u32 machine(const unsigned char *code, u32 len) {
    u32 acc = 1;
    for (u32 pc = 0; pc < len; pc++) {
        switch (code[pc] & 15) {
        case 0: acc += 7; break;
        case 1: acc *= 31; break;
        case 2: acc ^= (u32)leaf((int)acc); break;
        case 3: acc = (acc << 5) | (acc >> 27); break;
        case 4: sink = (int)acc; break;
        case 5: acc -= (u32)sink; break;
        case 6: if (acc & 1) give_up((int)acc); break;
        case 7: acc = ~acc; break;
        case 8: acc += code[pc]; break;
        case 9: return acc;
        default: acc++;
        }
    }
    return acc;
}

/* reached through pointers only */
KEEP static int first(int a) { return leaf(a) ^ 0x1234; }
KEEP static int second(int a) { return forward(a) | 1; }
int (*const table[2])(int) = { first, second };

KEEP static int depth(int n) { return n < 2 ? leaf(n) : depth(n - 1) + depth(n - 2); }

int entry(int argc) {
    static const unsigned char code[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6 };
    int total = (int)machine(code, (u32)argc & 15);
    for (int i = 0; i < argc; i++) total += table[i & 1](i) + dispatch(i, total) + depth(i);
    if (total == 42) give_up(total);
    return total;
}
