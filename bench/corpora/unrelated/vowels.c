/* Finds words by a pattern, sorts them by their vowels, and prints each once. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int vowels(const char *s) {
    int n = 0;
    for (; *s; s++) n += strchr("aeiouy", *s) != NULL;
    return n;
}

static int by_vowels(const void *a, const void *b) {
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    int d = vowels(y) - vowels(x);
    return d ? d : strcmp(x, y);
}

int main(int argc, char **argv) {
    regex_t pattern;
    regmatch_t where[2];
    char line[512], **list = NULL;
    size_t n = 0;
    if (argc < 2 || regcomp(&pattern, argv[1], REG_EXTENDED)) return 2;
    while (fgets(line, sizeof line, stdin)) {
        if (regexec(&pattern, line, 2, where, 0)) continue;
        list = realloc(list, ++n * sizeof *list);
        list[n - 1] = strndup(line + where[0].rm_so, where[0].rm_eo - where[0].rm_so);
    }
    qsort(list, n, sizeof *list, by_vowels);
    for (size_t i = 0; i < n; i++)
        if (!i || strcmp(list[i], list[i - 1])) puts(list[i]);
    regfree(&pattern);
    return 0;
}
