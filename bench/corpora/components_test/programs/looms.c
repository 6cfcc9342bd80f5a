/* A weaver's draft: threading, tie-up and treadling make a cloth; floats are looked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
int use_libraries(int); int use_report(int);
enum { MOST = 64 };
typedef struct { int shafts, treadles, ends, picks; unsigned tie[16]; unsigned char threading[MOST], treadling[MOST]; char colours[MOST]; } Draft;
typedef struct { int start, length, line; char down; } Float;
int draft_reset(Draft *d, int shafts, int treadles) { if (shafts < 2 || shafts > 16 || treadles < 2 || treadles > 16) return 0; memset(d, 0, sizeof *d); d->shafts = shafts; d->treadles = treadles; return 1; }
void thread_straight(Draft *d, int ends) { d->ends = ends > MOST ? MOST : ends; for (int i = 0; i < d->ends; i++) d->threading[i] = i % d->shafts; }
void thread_point(Draft *d, int ends) { int turn = 2 * d->shafts - 2; d->ends = ends > MOST ? MOST : ends; for (int i = 0; i < d->ends; i++) { int at = i % turn; d->threading[i] = at < d->shafts ? at : turn - at; } }
void treadle_as_threaded(Draft *d) { d->picks = d->ends; for (int i = 0; i < d->picks; i++) d->treadling[i] = d->threading[i] % d->treadles; }
void treadle_rosepath(Draft *d, int picks) { d->picks = picks > MOST ? MOST : picks; for (int i = 0; i < d->picks; i++) d->treadling[i] = (i / 3 + (i & 1) * 2) % d->treadles; }
void tie_twill(Draft *d, int over, int under) { for (int t = 0; t < d->treadles; t++) { unsigned mask = 0; for (int s = 0; s < d->shafts; s++) if ((s + t) % (over + under) < over) mask |= 1u << s; d->tie[t] = mask; } }
void tie_plain(Draft *d) { for (int t = 0; t < d->treadles; t++) d->tie[t] = t & 1 ? 0xaaaau : 0x5555u; }
void tie_satin(Draft *d, int step) { for (int t = 0; t < d->treadles; t++) d->tie[t] = 1u << (t * step % d->shafts); }
int is_up(const Draft *d, int end, int pick) { return d->tie[d->treadling[pick]] >> d->threading[end] & 1; }
void colour_stripes(Draft *d, const char *order) { size_t length = strlen(order); for (int i = 0; i < MOST; i++) d->colours[i] = length ? order[i % length] : '.'; }
char cell_of(const Draft *d, int end, int pick) { return is_up(d, end, pick) ? d->colours[end] : d->colours[pick]; }
int longest_warp_float(const Draft *d, int end, Float *out) { int best = 0, run = 0; for (int p = 0; p < 2 * d->picks; p++) { run = is_up(d, end, p % d->picks) ? run + 1 : 0; if (run > best && run <= d->picks) { best = run; *out = (Float){p - run + 1, run, end, 0}; } } return best; }
int longest_weft_float(const Draft *d, int pick, Float *out) { int best = 0, run = 0; for (int e = 0; e < 2 * d->ends; e++) { run = is_up(d, e % d->ends, pick) ? 0 : run + 1; if (run > best && run <= d->ends) { best = run; *out = (Float){e - run + 1, run, pick, 1}; } } return best; }
int float_order(const void *a, const void *b) { const Float *x = a, *y = b; return x->length != y->length ? y->length - x->length : x->line - y->line; }
int collect_floats(const Draft *d, Float *out, int room, int least) { int count = 0; Float one; for (int e = 0; e < d->ends && count < room; e++) if (longest_warp_float(d, e, &one) >= least) out[count++] = one; for (int p = 0; p < d->picks && count < room; p++) if (longest_weft_float(d, p, &one) >= least) out[count++] = one; qsort(out, count, sizeof *out, float_order); return count; }
int repeat_of(const unsigned char *row, int count) { for (int length = 1; length < count; length++) { int same = 1; for (int i = length; i < count && same; i++) same = row[i] == row[i - length]; if (same) return length; } return count; }
double cover_of(const Draft *d) { int up = 0; for (int e = 0; e < d->ends; e++) for (int p = 0; p < d->picks; p++) up += is_up(d, e, p); return d->ends && d->picks ? 100.0 * up / d->ends / d->picks : 0; }
int heddles_on(const Draft *d, int shaft) { int count = 0; for (int i = 0; i < d->ends; i++) count += d->threading[i] == shaft; return count; }
void print_cloth(const Draft *d) { for (int p = 0; p < d->picks; p++) { for (int e = 0; e < d->ends; e++) putchar(cell_of(d, e, p)); putchar('\n'); } }
void print_tie(const Draft *d) { for (int s = d->shafts - 1; s >= 0; s--) { for (int t = 0; t < d->treadles; t++) putchar(d->tie[t] >> s & 1 ? 'X' : '-'); printf("  %d heddles\n", heddles_on(d, s)); } }
int parse_numbers(const char *text, unsigned char *out, int limit) { int count = 0; while (*text && count < MOST) { if (isdigit((unsigned char)*text)) { long value = strtol(text, (char **)&text, 10); if (value < 1 || value > limit) return -1; out[count++] = value - 1; } else if (*text == ',' || isspace((unsigned char)*text)) text++; else return -1; } return count; }
int balanced(const Draft *d) { double cover = cover_of(d); return cover > 45 && cover < 55; }
void mirror(Draft *d) { for (int i = 0; i < d->ends / 2; i++) { unsigned char keep = d->threading[i]; d->threading[i] = d->threading[d->ends - 1 - i]; d->threading[d->ends - 1 - i] = keep; } }
void sink_shed(Draft *d) { for (int t = 0; t < d->treadles; t++) d->tie[t] = ~d->tie[t] & ((1u << d->shafts) - 1); }
int apply_option(Draft *d, const char *word) { if (!strcmp(word, "plain")) tie_plain(d); else if (!strcmp(word, "twill")) tie_twill(d, 2, 2); else if (!strcmp(word, "satin")) tie_satin(d, 3); else if (!strcmp(word, "point")) { thread_point(d, 32); treadle_as_threaded(d); } else if (!strcmp(word, "rose")) treadle_rosepath(d, 24); else if (!strcmp(word, "mirror")) mirror(d); else if (!strcmp(word, "sink")) sink_shed(d); else if (!strncmp(word, "t=", 2)) { int n = parse_numbers(word + 2, d->threading, d->shafts); if (n < 0) return 0; d->ends = n; } else if (!strncmp(word, "c=", 2)) colour_stripes(d, word + 2); else return 0; return 1; }
int main(int argc, char **argv) { Draft d; Float floats[128]; if (!draft_reset(&d, 4, 6)) return 2; thread_straight(&d, 32); treadle_as_threaded(&d); tie_twill(&d, 2, 2); colour_stripes(&d, "#."); for (int i = 1; i < argc; i++) if (!apply_option(&d, argv[i])) fprintf(stderr, "weave: `%s` is no option\n", argv[i]); print_tie(&d); print_cloth(&d); int count = collect_floats(&d, floats, 128, 3); for (int i = 0; i < count && i < 8; i++) printf("%s float of %d at %d, %d\n", floats[i].down ? "weft" : "warp", floats[i].length, floats[i].line, floats[i].start); printf("repeat %d by %d, %s\n", repeat_of(d.threading, d.ends), repeat_of(d.treadling, d.picks), balanced(&d) ? "balanced" : "not balanced"); return use_libraries(argc) + use_report(argc); }
