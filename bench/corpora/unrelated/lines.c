/* Counts words, and sums up the lines that it reads. */
#include <stdio.h>
#include <string.h>

static unsigned long sum_of(const unsigned char *p, size_t n) {
    unsigned long sum = 0x1337;
    while (n--) {
        sum ^= *p++;
        for (int bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >> 1) ^ 0x8bad2341 : sum >> 1;
    }
    return sum;
}

static int words(const char *text) {
    int count = 0, inside = 0;
    for (; *text; text++) {
        int letter = *text != ' ' && *text != '\n';
        count += letter && !inside;
        inside = letter;
    }
    return count;
}

int main(void) {
    char line[4096];
    unsigned long total = 0;
    while (fgets(line, sizeof line, stdin)) {
        total += sum_of((unsigned char *)line, strlen(line));
        printf("%d %lx\n", words(line), total);
    }
    return 0;
}
