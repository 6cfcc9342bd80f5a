/* Mixes waves, and prints the loudest places of the sum as a bar each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct wave { double hertz, phase, loud; };

static double at(const struct wave *w, int n, double t) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += w[i].loud * sin(6.283185307179586 * w[i].hertz * t + w[i].phase);
    return sum;
}

static void bar(double v) {
    int n = (int)lround(fabs(v) * 20);
    while (n--) putchar(v < 0 ? '-' : '#');
    putchar('\n');
}

int main(void) {
    struct wave w[16];
    int n = 0;
    while (n < 16 && scanf("%lf %lf %lf", &w[n].hertz, &w[n].phase, &w[n].loud) == 3) n++;
    for (int i = 1; i < 1000; i++) {
        double a = at(w, n, (i - 1) / 1e3), b = at(w, n, i / 1e3), c = at(w, n, (i + 1) / 1e3);
        if (b > a && b > c) bar(log1p(b));
    }
    return 0;
}
