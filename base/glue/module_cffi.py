"""A module by CFFI that uses what makes it write its helpers; what it computes means nothing."""
import sys

import cffi

builder = cffi.FFI()
builder.cdef(
    """
    typedef struct { int first; double second; char name[16]; } pair;
    enum colour { RED, BLUE };
    int total(pair *, size_t);
    double root(double);
    pair made(int, double);
    char *text(const char *, unsigned long long, short, unsigned char, float, _Bool);
    int call(int (*)(int, void *), void *);
    extern "Python" int back(int, void *);
    extern int number;
    void nothing(void);
    """
)
builder.set_source(
    "module",
    """
    #include <stdbool.h>
    #include <stddef.h>
    typedef struct { int first; double second; char name[16]; } pair;
    enum colour { RED, BLUE };
    static int number = 3;
    static int total(pair *p, size_t n) { int sum = 0; while (n--) sum += p[n].first; return sum; }
    static double root(double x) { return x / 2; }
    static pair made(int a, double b) { pair p = {a, b, "x"}; return p; }
    static char *text(const char *t, unsigned long long a, short b, unsigned char c, float d, _Bool e) { return (char *) t + ((a + b + c + (int) d + e) & 1); }
    static int call(int (*f)(int, void *), void *p) { return f(2, p); }
    static void nothing(void) {}
    """,
)
builder.emit_c_code(sys.argv[1])
