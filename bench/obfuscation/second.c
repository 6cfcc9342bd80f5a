/* Fourteen functions that share nothing with those of first.c. */
typedef unsigned int u32;
typedef unsigned char u8;

u32 day_of_week(u32 year, u32 month, u32 day) {
    u32 shift;
    if (month < 3) { year = year - 1; month = month + 12; }
    shift = (month + 1) * 26 / 10;
    return (day + shift + year + year / 4 + 6 * (year / 100) + year / 400) % 7;
}

u32 luhn(u8 *digits, u32 n) {
    u32 i; u32 sum; u32 value;
    sum = 0;
    for (i = 0; i < n; i = i + 1) {
        value = digits[n - 1 - i] - 48;
        if (i & 1) { value = value * 2; if (value > 9) { value = value - 9; } }
        sum = sum + value;
    }
    return sum % 10 == 0;
}

void insertion(u32 *list, u32 n) {
    u32 i; u32 k; u32 value;
    for (i = 1; i < n; i = i + 1) {
        value = list[i];
        k = i;
        while (k > 0 && list[k - 1] > value) { list[k] = list[k - 1]; k = k - 1; }
        list[k] = value;
    }
}

u32 sieve(u8 *marks, u32 n) {
    u32 i; u32 k; u32 count;
    count = 0;
    for (i = 2; i < n; i = i + 1) {
        if (marks[i] == 0) {
            count = count + 1;
            for (k = i + i; k < n; k = k + i) { marks[k] = 1; }
        }
    }
    return count;
}

u32 collatz(u32 n) {
    u32 steps;
    steps = 0;
    while (n != 1 && steps < 10000) {
        if (n & 1) { n = 3 * n + 1; } else { n = n >> 1; }
        steps = steps + 1;
    }
    return steps;
}

u32 fletcher(u8 *p, u32 n) {
    u32 a; u32 b; u32 i;
    a = 0xff; b = 0xff;
    for (i = 0; i < n; i = i + 1) { a = (a + p[i]) % 255; b = (b + a) % 255; }
    return (b << 8) | a;
}

void blur(u8 *from, u8 *to, u32 width, u32 height) {
    u32 x; u32 y; u32 sum;
    for (y = 1; y + 1 < height; y = y + 1) {
        for (x = 1; x + 1 < width; x = x + 1) {
            sum = 4 * from[y * width + x] + from[y * width + x - 1] + from[y * width + x + 1]
                + from[(y - 1) * width + x] + from[(y + 1) * width + x];
            to[y * width + x] = sum >> 3;
        }
    }
}

u32 base_sixteen(u8 *text, u32 n, u8 *out) {
    u32 i; u32 c; u32 value;
    value = 0;
    for (i = 0; i < n; i = i + 1) {
        c = text[i] | 32;
        if (c >= 48 && c <= 57) { c = c - 48; }
        else { if (c >= 97 && c <= 102) { c = c - 87; } else { return i; } }
        value = (value << 4) | c;
        if (i & 1) { out[i >> 1] = value; value = 0; }
    }
    return n;
}

u32 interpolate(u32 *xs, u32 *ys, u32 n, u32 x) {
    u32 i;
    for (i = 0; i + 1 < n; i = i + 1) {
        if (x < xs[i + 1]) { return ys[i] + (ys[i + 1] - ys[i]) * (x - xs[i]) / (xs[i + 1] - xs[i]); }
    }
    return ys[n - 1];
}

u32 median(u32 a, u32 b, u32 c) {
    if (a > b) { if (b > c) { return b; } if (a > c) { return c; } return a; }
    if (a > c) { return a; }
    if (b > c) { return c; }
    return b;
}

void rotate(u8 *cells, u8 *out, u32 side) {
    u32 x; u32 y;
    for (y = 0; y < side; y = y + 1) {
        for (x = 0; x < side; x = x + 1) { out[x * side + (side - 1 - y)] = cells[y * side + x]; }
    }
}

u32 gray(u32 value) {
    value = value ^ (value >> 16);
    value = value ^ (value >> 8);
    value = value ^ (value >> 4);
    value = value ^ (value >> 2);
    return value ^ (value >> 1);
}

u32 union_find(u32 *parent, u32 a, u32 b) {
    while (parent[a] != a) { parent[a] = parent[parent[a]]; a = parent[a]; }
    while (parent[b] != b) { parent[b] = parent[parent[b]]; b = parent[b]; }
    if (a == b) { return 0; }
    parent[a] = b;
    return 1;
}

u32 report(u8 *digits, u32 n, u32 *list) {
    u32 sum;
    sum = luhn(digits, n) + fletcher(digits, n);
    insertion(list, n);
    return sum + collatz(list[0]) + gray(list[1]);
}
