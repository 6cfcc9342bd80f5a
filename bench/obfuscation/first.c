/* Twenty-five functions of our own, in the small part of C that obfuscate.py reads: plain numbers, arrays, no pointer
   arithmetic, declarations without values, no `goto`, no `switch`. */
typedef unsigned int u32;
typedef unsigned char u8;

u32 mix(u32 a, u32 b) {
    u32 h;
    h = a + 0x7f4a7c15;
    h = (h ^ (b >> 3)) + (b & 0x51d07eaf);
    h = (h << 7) | (h >> 25);
    h = h - (a & b) + (a | 0x1d3f);
    return h ^ (h >> 11);
}

u32 digest(u8 *p, u32 n) {
    u32 c; u32 i; u32 k;
    c = 0x1337beef;
    for (i = 0; i < n; i = i + 1) {
        c = c ^ p[i];
        for (k = 0; k < 8; k = k + 1) {
            if (c & 1) { c = (c >> 1) ^ 0x8bad2341; } else { c = c >> 1; }
        }
    }
    return c;
}

u32 adler(u8 *p, u32 n) {
    u32 a; u32 b; u32 i;
    a = 1; b = 0;
    for (i = 0; i < n; i = i + 1) {
        a = a + p[i];
        if (a >= 65521) { a = a - 65521; }
        b = b + a;
        if (b >= 65521) { b = b - 65521; }
    }
    return (b << 16) | a;
}

u32 find(u32 *keys, u32 n, u32 key) {
    u32 low; u32 high; u32 middle;
    low = 0; high = n;
    while (low < high) {
        middle = (low + high) >> 1;
        if (keys[middle] < key) { low = middle + 1; } else { high = middle; }
    }
    if (low < n && keys[low] == key) { return low; }
    return 0xffffffff;
}

void heap_down(u32 *heap, u32 n, u32 at) {
    u32 child; u32 value;
    value = heap[at];
    for (;;) {
        child = 2 * at + 1;
        if (child >= n) { break; }
        if (child + 1 < n && heap[child + 1] > heap[child]) { child = child + 1; }
        if (heap[child] <= value) { break; }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = value;
}

void heap_sort(u32 *list, u32 n) {
    u32 i; u32 top;
    i = n >> 1;
    while (i > 0) { i = i - 1; heap_down(list, n, i); }
    while (n > 1) {
        n = n - 1;
        top = list[0];
        list[0] = list[n];
        list[n] = top;
        heap_down(list, n, 0);
    }
}

u32 pack(u8 *from, u32 n, u8 *to, u32 room) {
    u32 i; u32 out; u32 run;
    i = 0; out = 0;
    while (i < n) {
        run = 1;
        while (i + run < n && run < 125 && from[i + run] == from[i]) { run = run + 1; }
        if (out + 2 > room) { return 0; }
        to[out] = run | 128;
        to[out + 1] = from[i];
        out = out + 2;
        i = i + run;
    }
    return out;
}

u32 unpack(u8 *from, u32 n, u8 *to, u32 room) {
    u32 i; u32 out; u32 run; u32 k;
    out = 0;
    for (i = 0; i + 1 < n; i = i + 2) {
        run = from[i] & 127;
        if (out + run > room) { return 0xfffffffe; }
        for (k = 0; k < run; k = k + 1) { to[out + k] = from[i + 1]; }
        out = out + run;
    }
    return out;
}

u32 number(u8 *text, u32 n) {
    u32 i; u32 value; u32 digit;
    value = 0;
    for (i = 0; i < n; i = i + 1) {
        digit = text[i] - 48;
        if (digit > 9) { return 0xffffffff; }
        if (value > 429496728) { return 0xfffffffe; }
        value = value * 10 + digit;
    }
    return value;
}

u32 hexadecimal(u32 value, u8 *text) {
    u32 i; u32 digit;
    for (i = 0; i < 8; i = i + 1) {
        digit = (value >> (28 - 4 * i)) & 15;
        if (digit < 10) { text[i] = digit + 48; } else { text[i] = digit + 87; }
    }
    return 8;
}

u32 gcd(u32 a, u32 b) {
    u32 rest;
    while (b != 0) { rest = a % b; a = b; b = rest; }
    return a;
}

u32 power(u32 base, u32 exponent, u32 modulus) {
    u32 result;
    result = 1;
    base = base % modulus;
    while (exponent > 0) {
        if (exponent & 1) { result = result * base % modulus; }
        base = base * base % modulus;
        exponent = exponent >> 1;
    }
    return result;
}

u32 bits(u32 value) {
    value = value - ((value >> 1) & 0x55555555);
    value = (value & 0x33333333) + ((value >> 2) & 0x33333333);
    return (((value + (value >> 4)) & 0x0f0f0f0f) * 0x01010101) >> 24;
}

void scramble(u32 *state, u32 rounds) {
    u32 i; u32 a; u32 b;
    a = state[0]; b = state[1];
    for (i = 0; i < rounds; i = i + 1) {
        a = a + (((b << 4) + state[2]) ^ (b + i * 0x5ce4e5b9) ^ ((b >> 5) + state[3]));
        b = b + (((a << 4) + state[4]) ^ (a + i * 0x5ce4e5b9) ^ ((a >> 5) + state[5]));
    }
    state[0] = a; state[1] = b;
}

u32 random_next(u32 *state) {
    u32 x;
    x = state[0];
    x = x ^ (x << 13);
    x = x ^ (x >> 17);
    x = x ^ (x << 5);
    state[0] = x;
    state[1] = state[1] + 362437;
    return x + state[1];
}

u32 words(u8 *text, u32 n) {
    u32 i; u32 inside; u32 count;
    inside = 0; count = 0;
    for (i = 0; i < n; i = i + 1) {
        if (text[i] == 32 || text[i] == 10 || text[i] == 9) { inside = 0; }
        else {
            if (inside == 0) { count = count + 1; }
            inside = 1;
        }
    }
    return count;
}

u32 match(u8 *text, u32 n, u8 *word, u32 m) {
    u32 i; u32 k;
    for (i = 0; i + m <= n; i = i + 1) {
        k = 0;
        while (k < m && text[i + k] == word[k]) { k = k + 1; }
        if (k == m) { return i; }
    }
    return 0xffffffff;
}

void multiply(u32 *a, u32 *b, u32 *out, u32 n) {
    u32 i; u32 k; u32 j; u32 sum;
    for (i = 0; i < n; i = i + 1) {
        for (k = 0; k < n; k = k + 1) {
            sum = 0;
            for (j = 0; j < n; j = j + 1) { sum = sum + a[i * n + j] * b[j * n + k]; }
            out[i * n + k] = sum;
        }
    }
}

u32 life(u8 *cells, u8 *next, u32 side) {
    u32 x; u32 y; u32 around; u32 alive;
    alive = 0;
    for (y = 1; y + 1 < side; y = y + 1) {
        for (x = 1; x + 1 < side; x = x + 1) {
            around = cells[(y - 1) * side + x - 1] + cells[(y - 1) * side + x] + cells[(y - 1) * side + x + 1]
                + cells[y * side + x - 1] + cells[y * side + x + 1]
                + cells[(y + 1) * side + x - 1] + cells[(y + 1) * side + x] + cells[(y + 1) * side + x + 1];
            if (around == 3 || (around == 2 && cells[y * side + x] != 0)) { next[y * side + x] = 1; alive = alive + 1; }
            else { next[y * side + x] = 0; }
        }
    }
    return alive;
}

u32 root(u32 value) {
    u32 bit; u32 result;
    bit = 0x40000000; result = 0;
    while (bit > value) { bit = bit >> 2; }
    while (bit != 0) {
        if (value >= result + bit) { value = value - (result + bit); result = (result >> 1) + bit; }
        else { result = result >> 1; }
        bit = bit >> 2;
    }
    return result;
}

u32 date(u32 day, u32 *parts) {
    u32 era; u32 rest; u32 year; u32 month;
    day = day + 719468;
    era = day / 146097;
    rest = day - era * 146097;
    year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    rest = rest - (365 * year + year / 4 - year / 100);
    month = (5 * rest + 2) / 153;
    parts[2] = rest - (153 * month + 2) / 5 + 1;
    if (month < 10) { parts[1] = month + 3; } else { parts[1] = month - 9; }
    parts[0] = year + era * 400 + (parts[1] <= 2);
    return parts[0];
}

u32 table_put(u32 *table, u32 size, u32 key) {
    u32 at; u32 tried;
    at = mix(key, size) % size;
    for (tried = 0; tried < size; tried = tried + 1) {
        if (table[at] == key) { return at; }
        if (table[at] == 0) { table[at] = key; return at; }
        at = at + 1;
        if (at == size) { at = 0; }
    }
    return 0xffffffff;
}

u32 distance(u8 *a, u32 n, u8 *b, u32 m, u32 *row) {
    u32 i; u32 k; u32 before; u32 kept; u32 best;
    for (k = 0; k <= m; k = k + 1) { row[k] = k; }
    for (i = 0; i < n; i = i + 1) {
        before = row[0];
        row[0] = i + 1;
        for (k = 0; k < m; k = k + 1) {
            kept = row[k + 1];
            best = before + (a[i] != b[k]);
            if (row[k] + 1 < best) { best = row[k] + 1; }
            if (kept + 1 < best) { best = kept + 1; }
            row[k + 1] = best;
            before = kept;
        }
    }
    return row[m];
}

u32 reverse_bits(u32 value) {
    value = ((value >> 1) & 0x55555555) | ((value & 0x55555555) << 1);
    value = ((value >> 2) & 0x33333333) | ((value & 0x33333333) << 2);
    value = ((value >> 4) & 0x0f0f0f0f) | ((value & 0x0f0f0f0f) << 4);
    return ((value >> 8) & 0x00ff00ff) | ((value & 0x00ff00ff) << 8);
}

u32 sealed(u8 *text, u32 n, u32 key) {
    u32 i; u32 sum;
    sum = 0;
    for (i = 0; i < n; i = i + 1) {
        key = key * 1103515245 + 12345;
        text[i] = text[i] ^ (key >> 16);
        sum = mix(sum, text[i]);
    }
    return sum + digest(text, n);
}
