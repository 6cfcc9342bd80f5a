// A quarry's blocks: a small class family, cutting plans by dynamic programming, costs.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
extern "C" int use_libraries(int); extern "C" int use_report(int);
struct Size { int x, y, z; long volume() const; bool fits(const Size &) const; Size turned(int) const; };
long Size::volume() const { return (long)x * y * z; }
bool Size::fits(const Size &in) const { for (int i = 0; i < 6; i++) { Size s = turned(i); if (s.x <= in.x && s.y <= in.y && s.z <= in.z) return true; } return false; }
Size Size::turned(int how) const { switch (how % 6) { case 1: return {x, z, y}; case 2: return {y, x, z}; case 3: return {y, z, x}; case 4: return {z, x, y}; case 5: return {z, y, x}; default: return *this; } }
class Stone { public: explicit Stone(double density) : density_(density) {} virtual ~Stone() {} virtual const char *name() const = 0; virtual double saw_speed() const = 0; virtual double flaw_rate(int depth) const { return 0.01 * depth; } double weight(const Size &s) const; protected: double density_; };
double Stone::weight(const Size &s) const { return s.volume() * density_ / 1e6; }
class Granite : public Stone { public: Granite() : Stone(2.7) {} const char *name() const override; double saw_speed() const override; };
const char *Granite::name() const { return "granite"; }
double Granite::saw_speed() const { return 0.8; }
class Marble : public Stone { public: Marble() : Stone(2.6) {} const char *name() const override; double saw_speed() const override; double flaw_rate(int depth) const override; };
const char *Marble::name() const { return "marble"; }
double Marble::saw_speed() const { return 1.9; }
double Marble::flaw_rate(int depth) const { return 0.03 + 0.004 * std::sqrt((double)depth); }
class Slate : public Stone { public: Slate() : Stone(2.8) {} const char *name() const override; double saw_speed() const override; double flaw_rate(int depth) const override; };
const char *Slate::name() const { return "slate"; }
double Slate::saw_speed() const { return 3.1; }
double Slate::flaw_rate(int depth) const { return depth > 20 ? 0.01 : 0.09; }
struct Order { Size size; int count; double price; };
class Plan { public: Plan(const Order *orders, int count); double best(int length); int cuts(int length, int *out, int room) const; int longest() const; private: const Order *orders_; int count_; double value_[513]; int choice_[513]; };
Plan::Plan(const Order *orders, int count) : orders_(orders), count_(count) { std::memset(value_, 0, sizeof value_); std::memset(choice_, -1, sizeof choice_); }
double Plan::best(int length) { length = std::min(length, 512); for (int at = 1; at <= length; at++) { value_[at] = value_[at - 1]; choice_[at] = -1; for (int i = 0; i < count_; i++) { int need = orders_[i].size.x; if (need > 0 && need <= at && value_[at - need] + orders_[i].price > value_[at]) { value_[at] = value_[at - need] + orders_[i].price; choice_[at] = i; } } } return value_[length]; }
int Plan::cuts(int length, int *out, int room) const { int count = 0; while (length > 0 && count < room) { int choice = choice_[length]; if (choice < 0) length--; else { out[count++] = choice; length -= orders_[choice].size.x; } } return count; }
int Plan::longest() const { int most = 0; for (int i = 0; i < count_; i++) most = std::max(most, orders_[i].size.x); return most; }
double saw_minutes(const Stone &stone, const Size &s, int cuts) { return cuts * s.y * s.z / (stone.saw_speed() * 1000); }
double blast_charge(double burden, double spacing, double depth) { return 0.35 * burden * spacing * depth * (1 + 0.1 * std::log(depth + 1)); }
double haul_cost(double tonnes, double kilometres) { double trips = std::ceil(tonnes / 24); return trips * (18 + 2.4 * kilometres); }
int bench_count(double height, double bench) { return bench > 0 ? (int)std::ceil(height / bench) : 0; }
double slope_safety(double cohesion, double friction, double angle, double height) { double a = angle * M_PI / 180, f = friction * M_PI / 180; double weight = 26 * height * height / 2 / std::tan(a); return (cohesion * height / std::sin(a) + weight * std::cos(a) * std::tan(f)) / (weight * std::sin(a)); }
Stone *make_stone(const char *name) { if (!std::strcmp(name, "granite")) return new Granite; if (!std::strcmp(name, "marble")) return new Marble; if (!std::strcmp(name, "slate")) return new Slate; return nullptr; }
bool read_order(const char *line, Order &o) { return std::sscanf(line, "%d %d %d %d %lf", &o.size.x, &o.size.y, &o.size.z, &o.count, &o.price) == 5 && o.size.volume() > 0; }
void sort_orders(Order *orders, int count) { std::sort(orders, orders + count, [](const Order &a, const Order &b) { return a.price / a.size.volume() > b.price / b.size.volume(); }); }
void print_plan(const Order *orders, const int *cuts, int count) { for (int i = 0; i < count; i++) { const Size &s = orders[cuts[i]].size; std::printf("%2d: %d x %d x %d at %.2f\n", i + 1, s.x, s.y, s.z, orders[cuts[i]].price); } }
int work_block(const Stone &stone, const Size &block, Order *orders, int count) { int cuts[64]; sort_orders(orders, count); int fitting = 0; for (int i = 0; i < count; i++) if (orders[i].size.fits(block)) orders[fitting++] = orders[i]; Plan plan(orders, fitting); double value = plan.best(block.x) * (1 - stone.flaw_rate(block.z)); int made = plan.cuts(std::min(block.x, 512), cuts, 64); print_plan(orders, cuts, made); std::printf("%s, %.1f t: worth %.2f, %.0f min of sawing, %.2f to haul\n", stone.name(), stone.weight(block), value, saw_minutes(stone, block, made), haul_cost(stone.weight(block), 12)); return made; }
int main(int argc, char **argv) { Order orders[64]; int count = 0; char line[128]; Stone *stone = make_stone(argc > 1 ? argv[1] : "granite"); if (!stone) { std::fprintf(stderr, "what stone is `%s`?\n", argv[1]); return 1; } while (count < 64 && std::fgets(line, sizeof line, stdin)) if (read_order(line, orders[count])) count++; Size block = {argc > 2 ? std::atoi(argv[2]) : 280, 160, 140}; int made = work_block(*stone, block, orders, count); std::printf("charge %.1f kg on %d benches, safety %.2f\n", blast_charge(2.5, 3, 10), bench_count(46, 10), slope_safety(120, 35, 70, 46)); delete stone; return made + use_libraries(argc) + use_report(argc); }
