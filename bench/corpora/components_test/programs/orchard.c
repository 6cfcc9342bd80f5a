/* Orchard ledger: trees in rows, harvests, grafts; a journal in fixed records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
int use_libraries(int); int use_report(int);
typedef struct Tree { unsigned id, row, place; int planted; char sort[24]; double crop; struct Tree *next, *scion_of; } Tree;
typedef struct { Tree *buckets[97]; unsigned count; } Orchard;
typedef struct { unsigned tree; int year; float kilos; unsigned check; } Record;
unsigned tree_slot(unsigned id) { return (id * 2654435761u >> 7) % 97; }
Tree *tree_find(const Orchard *o, unsigned id) { Tree *t = o->buckets[tree_slot(id)]; while (t && t->id != id) t = t->next; return t; }
Tree *tree_plant(Orchard *o, unsigned id, const char *sort, int year) { if (tree_find(o, id)) return NULL; Tree *t = calloc(1, sizeof *t); if (!t) return NULL; t->id = id; t->planted = year; strncpy(t->sort, sort, sizeof t->sort - 1); t->row = id / 100; t->place = id % 100; Tree **slot = &o->buckets[tree_slot(id)]; t->next = *slot; *slot = t; o->count++; return t; }
int tree_fell(Orchard *o, unsigned id) { for (Tree **at = &o->buckets[tree_slot(id)]; *at; at = &(*at)->next) if ((*at)->id == id) { Tree *gone = *at; *at = gone->next; free(gone); o->count--; return 1; } return 0; }
int is_ancestor(const Tree *of, const Tree *who) { for (int depth = 0; of && depth < 50; depth++, of = of->scion_of) if (of == who) return 1; return 0; }
int tree_graft(Orchard *o, unsigned stock, unsigned scion) { Tree *a = tree_find(o, stock), *b = tree_find(o, scion); if (!a || !b || is_ancestor(b, a)) return 0; a->scion_of = b; memcpy(a->sort, b->sort, sizeof a->sort); return 1; }
unsigned record_check(const Record *r) { const unsigned char *bytes = (const unsigned char *)r; unsigned a = 1, b = 0; for (size_t i = 0; i < sizeof *r - sizeof r->check; i++) { a = (a + bytes[i]) % 4093; b = (b + a * 5) % 4093; } return b << 12 | a; }
int journal_write(FILE *f, unsigned tree, int year, float kilos) { Record r; memset(&r, 0, sizeof r); r.tree = tree; r.year = year; r.kilos = kilos; r.check = record_check(&r); return fwrite(&r, sizeof r, 1, f) == 1; }
int journal_read(FILE *f, Record *r) { if (fread(r, sizeof *r, 1, f) != 1) return 0; return record_check(r) == r->check ? 1 : -1; }
int harvest_replay(Orchard *o, FILE *f, int *damaged) { Record r; int count = 0, state; while ((state = journal_read(f, &r))) { if (state < 0) { ++*damaged; continue; } Tree *t = tree_find(o, r.tree); if (t) { t->crop += r.kilos; count++; } } return count; }
double expected_crop(const Tree *t, int year) { int age = year - t->planted; if (age < 3) return 0; if (age < 8) return 6.5 * (age - 2); if (age < 25) return 38 + (age % 2 ? 9 : -7); return 38.0 * 25 / age; }
double frost_loss(double low, int open) { double loss = low < -2.2 ? (-2.2 - low) * 22 : 0; if (open) loss *= 1.7; return loss > 100 ? 100 : loss; }
void each_tree(Orchard *o, void (*see)(Tree *, void *), void *with) { for (int i = 0; i < 97; i++) for (Tree *t = o->buckets[i], *next; t; t = next) { next = t->next; see(t, with); } }
void add_crop(Tree *t, void *sum) { *(double *)sum += t->crop; }
void print_tree(Tree *t, void *year) { printf("%5u row %2u/%02u %-20s %7.1f kg, %5.1f expected\n", t->id, t->row, t->place, t->sort, t->crop, expected_crop(t, *(int *)year)); }
void drop_tree(Tree *t, void *unused) { (void)unused; free(t); }
typedef struct { char sort[24]; int trees; double crop; } Sum;
typedef struct { Sum sums[40]; int count; } Sums;
void add_sort(Tree *t, void *with) { Sums *s = with; int at = 0; while (at < s->count && strcmp(s->sums[at].sort, t->sort)) at++; if (at == 40) return; if (at == s->count) { strcpy(s->sums[at].sort, t->sort); s->sums[at].trees = 0; s->sums[at].crop = 0; s->count++; } s->sums[at].trees++; s->sums[at].crop += t->crop; }
int sum_order(const void *a, const void *b) { const Sum *x = a, *y = b; return (x->crop < y->crop) - (x->crop > y->crop); }
void print_sorts(Orchard *o) { Sums s = {.count = 0}; each_tree(o, add_sort, &s); qsort(s.sums, s.count, sizeof *s.sums, sum_order); for (int i = 0; i < s.count; i++) printf("%-24s %3d trees %9.1f kg\n", s.sums[i].sort, s.sums[i].trees, s.sums[i].crop); }
int season_year(time_t now) { struct tm *tm = gmtime(&now); return tm ? tm->tm_year + 1900 - (tm->tm_mon < 2) : 1970; }
int do_line(Orchard *o, char *line, FILE *journal) { unsigned a, b; int year; float kilos; char sort[24]; if (sscanf(line, "plant %u %23s %d", &a, sort, &year) == 3) return tree_plant(o, a, sort, year) != NULL; if (sscanf(line, "fell %u", &a) == 1) return tree_fell(o, a); if (sscanf(line, "graft %u %u", &a, &b) == 2) return tree_graft(o, a, b); if (sscanf(line, "pick %u %d %f", &a, &year, &kilos) == 3) return journal_write(journal, a, year, kilos); if (sscanf(line, "frost %f %u", &kilos, &a) == 2) return printf("loss %.0f %%\n", frost_loss(kilos, a)) > 0; return 0; }
int main(int argc, char **argv) { Orchard o; memset(&o, 0, sizeof o); FILE *journal = fopen(argc > 1 ? argv[1] : "orchard.journal", "a+b"); char line[160]; int number = 0, damaged = 0, year = season_year(time(NULL)); if (!journal) { perror("journal"); return 1; } while (fgets(line, sizeof line, stdin)) if (++number && !do_line(&o, line, journal)) fprintf(stderr, "line %d: cannot do `%s`\n", number, line); rewind(journal); int count = harvest_replay(&o, journal, &damaged); double sum = 0; each_tree(&o, add_crop, &sum); each_tree(&o, print_tree, &year); print_sorts(&o); printf("%u trees, %d harvests, %d damaged, %.1f kg\n", o.count, count, damaged, sum); each_tree(&o, drop_tree, NULL); fclose(journal); return use_libraries(argc) + use_report(argc); }
