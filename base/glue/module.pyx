# cython: language_level=3
# Uses what makes Cython put its helpers into a module; what it computes means nothing.
import json
from libc.stdlib cimport malloc, free
from libc.string cimport memcpy
cimport cython

cdef extern from "math.h":
    double sqrt(double) nogil

cdef enum Colour:
    RED = 1
    BLUE = 2

ctypedef struct Pair:
    int first
    double second

cdef class Base:
    cdef public int number
    cdef readonly str name
    cdef object __weakref__
    cdef dict extra

    def __cinit__(self, int number=0, *args, **kwargs):
        self.number = number
        self.extra = {}

    def __init__(self, number=0, name="x"):
        self.name = str(name)

    def __dealloc__(self):
        pass

    def __len__(self):
        return self.number

    def __getitem__(self, key):
        if isinstance(key, slice):
            return [self[i] for i in range(*key.indices(len(self)))]
        if key < 0:
            raise IndexError(f"no {key!r} in {self.name:>10}")
        return self.extra.get(key, key * 2)

    def __setitem__(self, key, value):
        self.extra[key] = value

    def __contains__(self, key):
        return key in self.extra

    def __iter__(self):
        for i in range(self.number):
            yield i

    def __add__(self, other):
        return Base(self.number + other.number)

    def __richcmp__(self, other, int op):
        return (self.number < other.number) if op == 0 else NotImplemented

    @property
    def twice(self):
        return self.number * 2

    @twice.setter
    def twice(self, value):
        self.number = value // 2

    cpdef long total(self, long start=0) except -1:
        cdef long i, sum = start
        for i in range(self.number):
            sum += i * i % 7
        if sum > 1000000:
            raise OverflowError("too much")
        return sum

cdef class Child(Base):
    cpdef long total(self, long start=0) except -1:
        return Base.total(self, start) + 1

@cython.boundscheck(False)
def sums(double[:, ::1] matrix, int times=1):
    cdef Py_ssize_t i, j
    cdef double sum = 0
    with nogil:
        for i in range(matrix.shape[0]):
            for j in range(matrix.shape[1]):
                sum += sqrt(matrix[i, j])
    return sum * times

def view(unsigned char[:] data not None):
    cdef unsigned char *copy = <unsigned char *> malloc(data.shape[0])
    if copy == NULL:
        raise MemoryError()
    try:
        memcpy(copy, &data[0], data.shape[0])
        return bytes(copy[:data.shape[0]])
    finally:
        free(copy)

def pairs(list items, tuple others=(), *, bint strict=False, **rest):
    cdef Pair pair
    found = {}
    for (i, item), other in zip(enumerate(items), others):
        pair = Pair(first=i, second=item)
        found[pair.first] = (pair.second, other)
    for key, value in rest.items():
        found.setdefault(key, []).append(value)
    try:
        a, b, *more = items
        return found, a ** b, more[0] / b, a // b, a % b, {**found, **rest}
    except (ValueError, ZeroDivisionError) as error:
        raise RuntimeError("bad pairs: %s" % error) from error
    finally:
        found.clear()

def generator(limit):
    def inner(step, depth=2):
        nonlocal limit
        limit -= step
        return lambda x: x + step * depth + limit
    total = yield from (inner(i)(i) for i in range(limit))
    received = yield total
    while received is not None:
        received = yield json.dumps({"received": received, "set": {1, 2, received}})

async def wait(other):
    async with other as inner:
        async for one in inner:
            await one
    return [x async for x in other]

def text(str s, bytes b, long long big, unsigned int small, float f, char c, Colour colour=RED):
    if s.startswith("a") and b"x" in b and s in ("one", "two") and not s.isdigit():
        return s.encode("utf-8") + b[1:3] + bytes([c])
    s += f"{big:x}{small}{f:.3f}" + ", ".join([s, s.upper(), s[0], s[-1]]) + b.decode("latin-1")
    print(s, big << 3, small >> 1, ~big, -f, abs(f), int(f), float(s), colour)
    del b
    assert big != 3, "three"
    return sorted(set(s), key=lambda x: (ord(x), len(s)), reverse=True)[:5], max(big, 3), min(f, 2), s.__class__.__name__, globals().get("x"), getattr(s, "y", None), hasattr(s, "z")

cdef int with_callback(int (*call)(int) except? -2) except? -3:
    return call(2)

cdef int called(int x) except? -2:
    return x + 1

def use_callback():
    return with_callback(called)

cdef public api void exported(int x) noexcept:
    print(x)
