/* Peat core dating: layers, counts of pollen, ages by interpolation, a plot in PGM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <stdint.h>
int use_libraries(int); int use_report(int);
typedef struct { double depth, age, error; } Date;
typedef struct { double depth; int counts[12]; } Level;
typedef struct { Date dates[32]; int dated; Level levels[200]; int count; char taxa[12][16]; int kinds; } Core;
int core_taxon(Core *c, const char *name) { for (int i = 0; i < c->kinds; i++) if (!strcmp(c->taxa[i], name)) return i; if (c->kinds == 12) return -1; snprintf(c->taxa[c->kinds], 16, "%s", name); return c->kinds++; }
Level *core_level(Core *c, double depth) { for (int i = 0; i < c->count; i++) if (fabs(c->levels[i].depth - depth) < 1e-6) return &c->levels[i]; if (c->count == 200) return NULL; Level *l = &c->levels[c->count++]; memset(l, 0, sizeof *l); l->depth = depth; return l; }
int date_order(const void *a, const void *b) { double x = ((const Date *)a)->depth, y = ((const Date *)b)->depth; return (x > y) - (x < y); }
int level_order(const void *a, const void *b) { double x = ((const Level *)a)->depth, y = ((const Level *)b)->depth; return (x > y) - (x < y); }
int reversals(const Core *c) { int count = 0; for (int i = 1; i < c->dated; i++) if (c->dates[i].age + 2 * c->dates[i].error < c->dates[i - 1].age) { fprintf(stderr, "date at %.1f is younger than that above\n", c->dates[i].depth); count++; } return count; }
double age_at(const Core *c, double depth) { if (!c->dated) return -1; if (c->dated == 1) return c->dates[0].age * depth / c->dates[0].depth; int i = 1; while (i < c->dated - 1 && c->dates[i].depth < depth) i++; const Date *a = &c->dates[i - 1], *b = &c->dates[i]; return a->age + (depth - a->depth) * (b->age - a->age) / (b->depth - a->depth); }
double growth_at(const Core *c, double depth) { double years = age_at(c, depth + 0.5) - age_at(c, depth - 0.5); return years > 0 ? 10 / years : 0; }
int level_sum(const Level *l, int kinds) { int sum = 0; for (int i = 0; i < kinds; i++) sum += l->counts[i]; return sum; }
double share(const Level *l, int kind, int kinds) { int sum = level_sum(l, kinds); return sum ? 100.0 * l->counts[kind] / sum : 0; }
double margin(double percent, int sum) { double p = percent / 100; return sum ? 196 * sqrt(p * (1 - p) / sum) : 0; }
double chord(const Level *a, const Level *b, int kinds) { double sum = 0; for (int i = 0; i < kinds; i++) { double d = sqrt(share(a, i, kinds)) - sqrt(share(b, i, kinds)); sum += d * d; } return sum; }
int zones(const Core *c, int *out, int wanted) { int at[200], count = c->count; for (int i = 0; i < count; i++) at[i] = i; while (count > wanted) { int best = 1; double least = 1e300; for (int i = 1; i < count; i++) { double d = chord(&c->levels[at[i - 1]], &c->levels[at[i]], c->kinds); if (d < least) { least = d; best = i; } } memmove(&at[best], &at[best + 1], (count - best - 1) * sizeof *at); count--; } memcpy(out, at, count * sizeof *at); return count; }
double richness(const Level *l, int kinds, int sample) { int sum = level_sum(l, kinds); double expected = 0; for (int k = 0; k < kinds; k++) { double absent = 1; for (int j = 0; j < sample && sum - j > 0; j++) absent *= (double)(sum - l->counts[k] - j > 0 ? sum - l->counts[k] - j : 0) / (sum - j); expected += 1 - absent; } return expected; }
double shannon(const Level *l, int kinds) { double h = 0; for (int k = 0; k < kinds; k++) { double p = share(l, k, kinds) / 100; if (p > 0) h -= p * log(p); } return h; }
typedef struct { uint8_t *grey; int width, height; } Plate;
int plate_make(Plate *p, int width, int height) { p->grey = malloc((size_t)width * height); p->width = width; p->height = height; if (p->grey) memset(p->grey, 255, (size_t)width * height); return p->grey != NULL; }
void plate_dot(Plate *p, int x, int y, int grey) { if (x >= 0 && y >= 0 && x < p->width && y < p->height) p->grey[y * p->width + x] = grey; }
void plate_line(Plate *p, int x, int y, int to_x, int to_y) { int dx = abs(to_x - x), dy = -abs(to_y - y), sx = x < to_x ? 1 : -1, sy = y < to_y ? 1 : -1, e = dx + dy; for (;;) { plate_dot(p, x, y, 0); if (x == to_x && y == to_y) return; int twice = 2 * e; if (twice >= dy) { e += dy; x += sx; } if (twice <= dx) { e += dx; y += sy; } } }
void plate_curve(Plate *p, const Core *c, int kind, int left) { for (int i = 1; i < c->count; i++) plate_line(p, left + (int)share(&c->levels[i - 1], kind, c->kinds), (i - 1) * p->height / c->count, left + (int)share(&c->levels[i], kind, c->kinds), i * p->height / c->count); }
int plate_save(const Plate *p, const char *name) { FILE *f = fopen(name, "wb"); if (!f) return 0; fprintf(f, "P5\n%d %d\n255\n", p->width, p->height); size_t all = (size_t)p->width * p->height, done = fwrite(p->grey, 1, all, f); return fclose(f) == 0 && done == all; }
int read_line(Core *c, const char *line) { double depth, age, error; char name[16]; int count; if (sscanf(line, "date %lf %lf %lf", &depth, &age, &error) == 3) { if (c->dated == 32) return 0; c->dates[c->dated++] = (Date){depth, age, error}; return 1; } if (sscanf(line, "%lf %15s %d", &depth, name, &count) == 3) { int kind = core_taxon(c, name); Level *l = core_level(c, depth); if (kind < 0 || !l) return 0; l->counts[kind] += count; return 1; } return *line == '\n' || *line == '#'; }
void print_level(const Core *c, const Level *l) { printf("%7.1f %8.0f %.2f mm/a H %.2f R %.1f", l->depth, age_at(c, l->depth), growth_at(c, l->depth), shannon(l, c->kinds), richness(l, c->kinds, 50)); for (int k = 0; k < c->kinds; k++) printf(" %4.1f±%.1f", share(l, k, c->kinds), margin(share(l, k, c->kinds), level_sum(l, c->kinds))); putchar('\n'); }
int main(int argc, char **argv) { static Core c; char line[160]; int borders[16]; while (fgets(line, sizeof line, stdin)) if (!read_line(&c, line)) fprintf(stderr, "skipped: %s", line); qsort(c.dates, c.dated, sizeof *c.dates, date_order); qsort(c.levels, c.count, sizeof *c.levels, level_order); int bad = reversals(&c); for (int i = 0; i < c.count; i++) print_level(&c, &c.levels[i]); int count = zones(&c, borders, c.count < 5 ? c.count : 5); for (int i = 0; i < count; i++) printf("zone %d from %.1f\n", i + 1, c.levels[borders[i]].depth); Plate p; if (argc > 1 && c.count && plate_make(&p, 1300, 600)) { for (int k = 0; k < c.kinds; k++) plate_curve(&p, &c, k, 4 + 104 * k); if (!plate_save(&p, argv[1])) perror(argv[1]); free(p.grey); } return bad + use_libraries(argc) + use_report(argc); }
