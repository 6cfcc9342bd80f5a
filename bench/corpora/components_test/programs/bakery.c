/* Sourdough planning: hydration, temperature, fermentation curves, oven loads, shopping. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
int use_libraries(int); int use_report(int);
typedef struct { char name[20]; double flour, water, salt, levain; int loaves; } Recipe;
typedef struct { double hours, rise, acid; } Curve;
typedef struct { int start, minutes, loaves, heat; } Bake;
double hydration(const Recipe *r) { double flour = r->flour + r->levain / 2; return flour > 0 ? 100 * (r->water + r->levain / 2) / flour : 0; }
double dough_weight(const Recipe *r) { return (r->flour + r->water + r->salt + r->levain) * r->loaves; }
double baker_percent(const Recipe *r, double part) { return r->flour > 0 ? 100 * part / r->flour : 0; }
double water_heat(double wanted, double room, double flour, double friction) { return 3 * wanted - room - flour - friction; }
double growth_rate(double heat) { if (heat < 4 || heat > 42) return 0; double below = heat - 4, above = 42 - heat; return 0.0011 * below * below * (1 - exp(0.35 * -above)); }
void ferment(const double *heats, int count, double levain, Curve *out) { double gas = levain * 0.002, acid = 0.02; for (int i = 0; i < count; i++) { double rate = growth_rate(heats[i]) * 0.25; gas += gas * rate * (1 - gas); acid += 0.03 * rate * (1.4 - acid); out[i] = (Curve){i * 0.25, 100 * gas, 4.9 - acid}; } }
int ready_at(const Curve *c, int count, double rise) { for (int i = 0; i < count; i++) if (c[i].rise >= rise) return i; return -1; }
void scale(Recipe *r, double factor) { r->flour *= factor; r->water *= factor; r->salt *= factor; r->levain *= factor; }
int scale_to(Recipe *r, double grams) { double now = dough_weight(r) / (r->loaves ? r->loaves : 1); if (now <= 0) return 0; scale(r, grams / now); return 1; }
int oven_place(Bake *plan, int count, int room, int loaves, int minutes, int heat) { int best = -1; for (int i = 0; i < count; i++) if (plan[i].heat == heat && plan[i].loaves + loaves <= room && plan[i].minutes >= minutes) { best = i; break; } if (best >= 0) { plan[best].loaves += loaves; return count; } int start = count ? plan[count - 1].start + plan[count - 1].minutes + abs(plan[count - 1].heat - heat) / 4 : 0; plan[count] = (Bake){start, minutes, loaves, heat}; return count + 1; }
double crust(double minutes, double heat) { double k = exp((heat - 220) / 28); return 1 - exp(-0.045 * minutes * k); }
double core_heat(double minutes, double oven, double grams) { double tau = 9.5 * pow(grams / 500, 0.66); return oven - (oven - 24) * exp(-minutes / tau / 3) > 99 ? 99 : oven - (oven - 24) * exp(-minutes / tau / 3); }
int bake_time(double oven, double grams) { int minutes = 5; while (minutes < 120 && core_heat(minutes, oven, grams) < 96) minutes++; return minutes; }
double water_lost(double grams, double minutes, double oven) { return grams * (0.02 + 0.0022 * minutes * (oven / 230)); }
int parse_recipe(const char *line, Recipe *r) { memset(r, 0, sizeof *r); int n = sscanf(line, "%19[^:]: %lf %lf %lf %lf %d", r->name, &r->flour, &r->water, &r->salt, &r->levain, &r->loaves); return n == 6 && r->loaves > 0; }
int warn(const Recipe *r) { int count = 0; if (hydration(r) > 90) count += printf("  very wet\n") > 0; if (hydration(r) < 55) count += printf("  very stiff\n") > 0; if (baker_percent(r, r->salt) > 2.6) count += printf("  salty\n") > 0; if (baker_percent(r, r->salt) < 1.4) count += printf("  bland\n") > 0; return count; }
void print_recipe(const Recipe *r) { printf("%-20s %5.0f flour %5.0f water %4.0f salt %4.0f levain, hydration %.1f %%\n", r->name, r->flour, r->water, r->salt, r->levain, hydration(r)); warn(r); }
void print_curve(const Curve *c, int count) { for (int i = 0; i < count; i += 4) { printf("%4.1f h %5.1f pH %.2f ", c[i].hours, c[i].rise, c[i].acid); for (int x = 0; x < c[i].rise / 2; x++) putchar('='); putchar('\n'); } }
void print_plan(const Bake *plan, int count) { for (int i = 0; i < count; i++) printf("%02d:%02d %d loaves at %d for %d min\n", plan[i].start / 60, plan[i].start % 60, plan[i].loaves, plan[i].heat, plan[i].minutes); }
double need(const Recipe *recipes, int count, double (*part)(const Recipe *)) { double sum = 0; for (int i = 0; i < count; i++) sum += part(&recipes[i]) * recipes[i].loaves; return sum; }
double flour_of(const Recipe *r) { return r->flour + r->levain / 2; }
double salt_of(const Recipe *r) { return r->salt; }
double energy(const Bake *plan, int count) { double kwh = 3; for (int i = 0; i < count; i++) kwh += plan[i].minutes / 60.0 * (plan[i].heat / 90.0); return kwh; }
int by_water(const void *a, const void *b) { double x = hydration(a), y = hydration(b); return (x > y) - (x < y); }
int main(int argc, char **argv) { Recipe recipes[40]; Bake plan[64]; Curve curve[96]; double heats[96]; char line[200]; int count = 0, bakes = 0; while (count < 40 && fgets(line, sizeof line, stdin)) if (parse_recipe(line, &recipes[count])) count++; qsort(recipes, count, sizeof *recipes, by_water); for (int i = 0; i < 96; i++) heats[i] = 24 + 3 * sin(i / 15.0); for (int i = 0; i < count; i++) { scale_to(&recipes[i], argc > 1 ? atof(argv[1]) : 850); print_recipe(&recipes[i]); ferment(heats, 96, recipes[i].levain, curve); print_curve(curve, 96); int at = ready_at(curve, 96, 60); double grams = dough_weight(&recipes[i]) / recipes[i].loaves; int minutes = bake_time(235, grams); printf("ready after %.2f h, crust %.2f, lost %.0f g, water at %.1f\n", at / 4.0, crust(minutes, 235), water_lost(grams, minutes, 235), water_heat(25, heats[0], 21, 3)); bakes = oven_place(plan, bakes, 8, recipes[i].loaves, minutes, 235 - i % 3 * 10); } print_plan(plan, bakes); printf("flour %.0f, salt %.0f, %.1f kWh\n", need(recipes, count, flour_of), need(recipes, count, salt_of), energy(plan, bakes)); return use_libraries(argc) + use_report(argc); }
