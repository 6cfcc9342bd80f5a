/* Harbour tides: a table of constituents, predictions, a little report. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int use_libraries(int); int use_report(int);
typedef struct { char name[8]; double speed, height, phase; } Wave;
typedef struct { Wave *waves; int count, room; double mean; } Port;
typedef struct { double at, level; int high; } Turn;
static const struct { const char *name; double speed; } KNOWN[] = {{"M2",28.9841},{"S2",30.0},{"N2",28.4397},{"K1",15.0411},{"O1",13.943},{"M4",57.9682}};
double wave_speed(const char *name) { for (unsigned i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) if (!strcmp(KNOWN[i].name, name)) return KNOWN[i].speed; return -1; }
int port_grow(Port *port) { int room = port->room ? port->room * 2 : 4; Wave *waves = realloc(port->waves, room * sizeof *waves); if (!waves) return 0; port->waves = waves; port->room = room; return 1; }
int port_add(Port *port, const char *name, double height, double phase) {
    double speed = wave_speed(name);
    if (speed < 0) { fprintf(stderr, "no such constituent: %s\n", name); return 0; }
    if (port->count == port->room && !port_grow(port)) return 0;
    Wave *wave = &port->waves[port->count++]; snprintf(wave->name, sizeof wave->name, "%s", name); wave->speed = speed; wave->height = height; wave->phase = phase; return 1; }
double degrees(double angle) { return fmod(angle, 360.0) * 3.14159265358979 / 180.0; }
double level_at(const Port *port, double hours) { double sum = port->mean; for (int i = 0; i < port->count; i++) sum += port->waves[i].height * cos(degrees(port->waves[i].speed * hours - port->waves[i].phase)); return sum; }
double slope_at(const Port *port, double hours) { return (level_at(port, hours + 0.01) - level_at(port, hours - 0.01)) / 0.02; }
double refine(const Port *port, double from, double to) { for (int i = 0; i < 40; i++) { double mid = (from + to) / 2; if ((slope_at(port, from) > 0) == (slope_at(port, mid) > 0)) from = mid; else to = mid; } return (from + to) / 2; }
int find_turns(const Port *port, double from, double to, Turn *out, int room) {
    int found = 0; double before = slope_at(port, from);
    for (double at = from + 0.25; at < to && found < room; at += 0.25) { double now = slope_at(port, at);
        if ((before > 0) != (now > 0)) { double when = refine(port, at - 0.25, at); out[found++] = (Turn){when, level_at(port, when), before > 0}; } before = now; }
    return found; }
void clock_text(double hours, char *out, size_t room) { int minutes = (int)(hours * 60 + 0.5); snprintf(out, room, "day %d %02d:%02d", minutes / 1440 + 1, minutes / 60 % 24, minutes % 60); }
void print_turn(const Turn *turn) { char text[32]; clock_text(turn->at, text, sizeof text); printf("%-14s %s %6.2f m\n", text, turn->high ? "high" : "low ", turn->level); }
double range_of(const Turn *turns, int count) { double low = 1e9, high = -1e9; for (int i = 0; i < count; i++) { if (turns[i].level < low) low = turns[i].level; if (turns[i].level > high) high = turns[i].level; } return count ? high - low : 0; }
const char *kind_of(double range) { return range > 6 ? "macrotidal" : range > 2 ? "mesotidal" : "microtidal"; }
int by_height(const void *a, const void *b) { double x = ((const Wave *)a)->height, y = ((const Wave *)b)->height; return x < y ? 1 : x > y ? -1 : 0; }
void port_sort(Port *port) { qsort(port->waves, port->count, sizeof *port->waves, by_height); }
double form_number(const Port *port) { double daily = 0, half = 0; for (int i = 0; i < port->count; i++) { if (port->waves[i].speed < 20) daily += port->waves[i].height; else if (port->waves[i].speed < 40) half += port->waves[i].height; } return half > 0 ? daily / half : 99; }
int load_line(Port *port, const char *line) { char name[16]; double height, phase; if (*line == '#' || *line == '\n') return 1; if (sscanf(line, "mean %lf", &height) == 1) { port->mean = height; return 1; } if (sscanf(line, "%15s %lf %lf", name, &height, &phase) == 3) return port_add(port, name, height, phase); return 0; }
int load_port(Port *port, FILE *file) { char line[200]; int number = 0; while (fgets(line, sizeof line, file)) { number++; if (!load_line(port, line)) { fprintf(stderr, "line %d is not understood\n", number); return 0; } } return 1; }
void draw_curve(const Port *port, double day) { for (int hour = 0; hour < 24; hour++) { int column = (int)(30 + 8 * level_at(port, day * 24 + hour)); printf("%02d ", hour); for (int i = 0; i < 60; i++) putchar(i == column ? '*' : i == 30 ? '|' : ' '); putchar('\n'); } }
unsigned port_sum(const Port *port) { unsigned sum = 17; for (int i = 0; i < port->count; i++) for (const char *c = port->waves[i].name; *c; c++) sum = sum * 33 ^ (unsigned char)*c; return sum; }
void port_free(Port *port) { free(port->waves); memset(port, 0, sizeof *port); }
int command_turns(Port *port, int days) { Turn turns[64]; int count = find_turns(port, 0, 24.0 * days, turns, 64); for (int i = 0; i < count; i++) print_turn(&turns[i]); printf("range %.2f m, %s, form %.2f\n", range_of(turns, count), kind_of(range_of(turns, count)), form_number(port)); return count; }
int command_draw(Port *port, int days) { for (int day = 0; day < days; day++) draw_curve(port, day); return days; }
int command_list(Port *port, int days) { port_sort(port); for (int i = 0; i < port->count; i++) printf("%-6s %7.4f %6.3f %6.1f\n", port->waves[i].name, port->waves[i].speed, port->waves[i].height, port->waves[i].phase); printf("sum %08x\n", port_sum(port)); return port->count + days; }
static const struct { const char *name; int (*run)(Port *, int); } COMMANDS[] = {{"turns", command_turns}, {"draw", command_draw}, {"list", command_list}};
int main(int argc, char **argv) { Port port = {0}; FILE *file = argc > 2 ? fopen(argv[2], "r") : stdin; if (!file || !load_port(&port, file)) return 1; int result = 0; for (unsigned i = 0; i < 3; i++) if (argc > 1 && !strcmp(argv[1], COMMANDS[i].name)) result = COMMANDS[i].run(&port, argc > 3 ? atoi(argv[3]) : 1); result += use_libraries(argc) + use_report(argc); port_free(&port); return result == 0; }
