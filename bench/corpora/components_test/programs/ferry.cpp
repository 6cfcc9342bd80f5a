// Ferries between islands: a graph with timetables, earliest arrivals, lanes of cars.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <queue>
#include <string>
#include <vector>
extern "C" int use_libraries(int); extern "C" int use_report(int);
struct Crossing { int from, to, leaves, takes, lanes; };
struct Vehicle { std::string plate; double length; int kind; };
class Islands { public: int number(const std::string &name); const std::string &name(int at) const { return names_.at(at); } int count() const { return (int)names_.size(); } private: std::map<std::string, int> numbers_; std::vector<std::string> names_; };
int Islands::number(const std::string &name) { auto found = numbers_.find(name); if (found != numbers_.end()) return found->second; int at = count(); numbers_[name] = at; names_.push_back(name); return at; }
class Timetable { public: bool add(const char *line); void every(int from, int to, int first, int last, int step, int takes, int lanes); int next_after(const Crossing &, int now) const; std::vector<int> earliest(int from, int start) const; std::vector<int> way(int from, int to, int start) const; size_t size() const { return crossings_.size(); } Islands islands; private: std::vector<Crossing> crossings_; };
int minutes_of(const char *text) { int hours, minutes; return std::sscanf(text, "%d:%d", &hours, &minutes) == 2 && hours < 24 && minutes < 60 ? hours * 60 + minutes : -1; }
std::string clock_of(int minutes) { char text[24]; std::snprintf(text, sizeof text, "%02d:%02d%s", minutes / 60 % 24, minutes % 60, minutes >= 1440 ? "+1" : ""); return text; }
bool Timetable::add(const char *line) { char from[40], to[40], at[8]; int takes, lanes; if (std::sscanf(line, "%39s %39s %7s %d %d", from, to, at, &takes, &lanes) != 5) return false; int leaves = minutes_of(at); if (leaves < 0 || takes <= 0 || lanes <= 0) return false; crossings_.push_back({islands.number(from), islands.number(to), leaves, takes, lanes}); return true; }
void Timetable::every(int from, int to, int first, int last, int step, int takes, int lanes) { for (int at = first; at <= last && step > 0; at += step) crossings_.push_back({from, to, at, takes, lanes}); }
int Timetable::next_after(const Crossing &c, int now) const { int day = now / 1440, leaves = day * 1440 + c.leaves; return leaves >= now ? leaves : leaves + 1440; }
std::vector<int> Timetable::earliest(int from, int start) const { std::vector<int> best(islands.count(), 1 << 30); typedef std::pair<int, int> Item; std::priority_queue<Item, std::vector<Item>, std::greater<Item>> queue; best[from] = start; queue.push({start, from}); while (!queue.empty()) { Item item = queue.top(); queue.pop(); if (item.first > best[item.second]) continue; for (const Crossing &c : crossings_) if (c.from == item.second) { int at = next_after(c, item.first + 5) + c.takes; if (at < best[c.to]) { best[c.to] = at; queue.push({at, c.to}); } } } return best; }
std::vector<int> Timetable::way(int from, int to, int start) const { std::vector<int> best = earliest(from, start), way; int at = to; for (int steps = 0; at != from && steps < islands.count(); steps++) { way.insert(way.begin(), at); int before = -1; for (const Crossing &c : crossings_) if (c.to == at && best[c.from] < (1 << 30) && next_after(c, best[c.from] + 5) + c.takes == best[at]) before = c.from; if (before < 0) return {}; at = before; } way.insert(way.begin(), from); return way; }
class Deck { public: Deck(int lanes, double length) : free_(lanes, length) {} int load(const Vehicle &); double left() const; int lanes() const { return (int)free_.size(); } private: std::vector<double> free_; std::vector<Vehicle> aboard_; };
int Deck::load(const Vehicle &v) { int best = -1; for (int i = 0; i < lanes(); i++) if (free_[i] >= v.length && (best < 0 || free_[i] < free_[best])) best = i; if (best >= 0) { free_[best] -= v.length + 0.4; aboard_.push_back(v); } return best; }
double Deck::left() const { double sum = 0; for (double one : free_) sum += one > 0 ? one : 0; return sum; }
double fare_of(const Vehicle &v, int minutes) { static const double base[] = {4.5, 12, 31, 2}; return base[v.kind & 3] + 0.08 * minutes * (v.length > 6 ? 1.6 : 1); }
bool read_vehicle(const char *line, Vehicle &v) { char plate[20]; if (std::sscanf(line, "car %19s %lf %d", plate, &v.length, &v.kind) != 3) return false; v.plate = plate; return v.length > 0; }
int kind_by_plate(const std::string &plate) { return plate.empty() ? 3 : plate[0] == 'L' ? 2 : plate.size() > 7 ? 0 : 1; }
void report_day(const Timetable &t, int from) { std::vector<int> best = t.earliest(from, 6 * 60); for (int i = 0; i < t.islands.count(); i++) std::printf("%-20s %s\n", t.islands.name(i).c_str(), best[i] < (1 << 30) ? clock_of(best[i]).c_str() : "never"); }
void report_way(const Timetable &t, int from, int to) { std::string text; for (int one : t.way(from, to, 480)) { if (!text.empty()) text += " - "; text += t.islands.name(one); } std::puts(text.empty() ? "no way" : text.c_str()); }
double report_deck(const std::vector<Vehicle> &cars) { Deck deck(4, 52); double sum = 0; for (const Vehicle &v : cars) { int lane = deck.load(v); if (lane < 0) std::printf("%s stays behind\n", v.plate.c_str()); else { sum += fare_of(v, 40); std::printf("%s lane %d\n", v.plate.c_str(), lane + 1); } } std::printf("%.1f m left\n", deck.left()); return sum; }
int main(int argc, char **argv) { Timetable t; std::vector<Vehicle> cars; char line[200]; Vehicle v; while (std::fgets(line, sizeof line, stdin)) { if (read_vehicle(line, v)) { if (v.kind < 0) v.kind = kind_by_plate(v.plate); cars.push_back(v); } else if (!t.add(line)) std::fprintf(stderr, "not understood: %s", line); } if (t.islands.count() > 1) { t.every(0, 1, 420, 1200, 90, 35, 4); report_day(t, 0); report_way(t, 0, argc > 1 ? std::atoi(argv[1]) % t.islands.count() : 1); } std::printf("%zu crossings, takings %.2f\n", t.size(), report_deck(cars)); return use_libraries(argc) + use_report(argc); }
