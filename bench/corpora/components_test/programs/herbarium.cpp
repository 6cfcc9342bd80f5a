// A herbarium's keys: dichotomous questions as a tree, sheets with measures, similarity of specimens.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>
extern "C" int use_libraries(int); extern "C" int use_report(int);
struct Sheet { std::string species, place; std::vector<double> measures; int year = 0; };
class Node { public: virtual ~Node() = default; virtual const std::string &decide(const Sheet &) const = 0; virtual int depth() const = 0; virtual void print(std::ostream &, int) const = 0; };
class Leaf : public Node { public: explicit Leaf(std::string name) : name_(std::move(name)) {} const std::string &decide(const Sheet &) const override; int depth() const override; void print(std::ostream &, int) const override; private: std::string name_; };
class Question : public Node { public: Question(size_t measure, double bar, std::unique_ptr<Node> low, std::unique_ptr<Node> high) : measure_(measure), bar_(bar), low_(std::move(low)), high_(std::move(high)) {} const std::string &decide(const Sheet &) const override; int depth() const override; void print(std::ostream &, int) const override; private: size_t measure_; double bar_; std::unique_ptr<Node> low_, high_; };
const std::string &Leaf::decide(const Sheet &) const { return name_; }
int Leaf::depth() const { return 0; }
void Leaf::print(std::ostream &out, int indent) const { out << std::string(indent, ' ') << "-> " << name_ << '\n'; }
const std::string &Question::decide(const Sheet &s) const { double value = measure_ < s.measures.size() ? s.measures[measure_] : 0; return value < bar_ ? low_->decide(s) : high_->decide(s); }
int Question::depth() const { return 1 + std::max(low_->depth(), high_->depth()); }
void Question::print(std::ostream &out, int indent) const { out << std::string(indent, ' ') << "measure " << measure_ + 1 << " below " << bar_ << "?\n"; low_->print(out, indent + 2); high_->print(out, indent + 2); }
class Herbarium { public: bool load(std::istream &in); size_t size() const; std::string commonest(const std::vector<const Sheet *> &) const; double impurity(const std::vector<const Sheet *> &) const; std::unique_ptr<Node> grow(std::vector<const Sheet *> part, int depth) const; std::vector<const Sheet *> all() const; const Sheet *nearest(const Sheet &) const; std::vector<std::string> doubtful() const; void normalise(); private: std::vector<Sheet> sheets_; };
bool parse_sheet(const std::string &line, Sheet &s) { std::istringstream in(line); double value; if (!(in >> s.species >> s.place >> s.year)) return false; while (in >> value) s.measures.push_back(value); return !s.measures.empty() && s.year > 1700; }
bool Herbarium::load(std::istream &in) { std::string line; int number = 0; while (std::getline(in, line)) { ++number; if (line.empty() || line[0] == '#') continue; Sheet s; if (!parse_sheet(line, s)) { std::cerr << "sheet " << number << " is damaged\n"; return false; } sheets_.push_back(std::move(s)); } return true; }
size_t Herbarium::size() const { return sheets_.size(); }
std::vector<const Sheet *> Herbarium::all() const { std::vector<const Sheet *> out; for (const Sheet &s : sheets_) out.push_back(&s); return out; }
std::vector<std::pair<std::string, int>> tally(const std::vector<const Sheet *> &part) { std::vector<std::pair<std::string, int>> counts; for (const Sheet *s : part) { auto at = std::find_if(counts.begin(), counts.end(), [&](const auto &one) { return one.first == s->species; }); if (at == counts.end()) counts.push_back({s->species, 1}); else at->second++; } return counts; }
std::string Herbarium::commonest(const std::vector<const Sheet *> &part) const { std::string best; int most = 0; for (const auto &one : tally(part)) if (one.second > most) { most = one.second; best = one.first; } return best; }
double Herbarium::impurity(const std::vector<const Sheet *> &part) const { double sum = 0; for (const auto &one : tally(part)) { double share = (double)one.second / part.size(); sum -= share * std::log2(share); } return sum; }
std::unique_ptr<Node> Herbarium::grow(std::vector<const Sheet *> part, int depth) const { double now = part.empty() ? 0 : impurity(part), gain = 0.01, bar = 0; size_t measure = 0; bool found = false; if (depth > 0 && now > 0) for (size_t m = 0; m < part[0]->measures.size(); m++) for (const Sheet *s : part) { if (m >= s->measures.size()) continue; std::vector<const Sheet *> low, high; for (const Sheet *t : part) (m < t->measures.size() && t->measures[m] < s->measures[m] ? low : high).push_back(t); if (low.empty() || high.empty()) continue; double after = (low.size() * impurity(low) + high.size() * impurity(high)) / part.size(); if (now - after > gain) { gain = now - after; bar = s->measures[m]; measure = m; found = true; } } if (!found) return std::make_unique<Leaf>(commonest(part)); auto middle = std::partition(part.begin(), part.end(), [&](const Sheet *s) { return measure < s->measures.size() && s->measures[measure] < bar; }); std::vector<const Sheet *> high(middle, part.end()); part.erase(middle, part.end()); return std::make_unique<Question>(measure, bar, grow(part, depth - 1), grow(high, depth - 1)); }
double distance(const Sheet &a, const Sheet &b) { double sum = 0; size_t count = std::min(a.measures.size(), b.measures.size()); for (size_t i = 0; i < count; i++) { double d = a.measures[i] - b.measures[i]; sum += d * d; } return count ? std::sqrt(sum / count) : 1e9; }
const Sheet *Herbarium::nearest(const Sheet &of) const { const Sheet *best = nullptr; double least = 1e300; for (const Sheet &s : sheets_) if (&s != &of && distance(s, of) < least) { least = distance(s, of); best = &s; } return best; }
std::vector<std::string> Herbarium::doubtful() const { std::vector<std::string> out; for (const Sheet &s : sheets_) { const Sheet *other = nearest(s); if (other && other->species != s.species) out.push_back(s.species + " of " + s.place + " looks like " + other->species); } std::sort(out.begin(), out.end()); return out; }
void Herbarium::normalise() { if (sheets_.empty()) return; for (size_t m = 0; m < sheets_[0].measures.size(); m++) { double low = 1e300, high = -1e300; for (const Sheet &s : sheets_) if (m < s.measures.size()) { low = std::min(low, s.measures[m]); high = std::max(high, s.measures[m]); } for (Sheet &s : sheets_) if (m < s.measures.size() && high > low) s.measures[m] = (s.measures[m] - low) / (high - low); } }
int main(int argc, char **argv) { Herbarium h; if (argc > 1) { std::ifstream file(argv[1]); if (!h.load(file)) return 1; } else if (!h.load(std::cin)) return 1; h.normalise(); auto key = h.grow(h.all(), 6); key->print(std::cout, 0); int right = 0; for (const Sheet *s : h.all()) right += key->decide(*s) == s->species; std::cout << right << " of " << h.size() << " at depth " << key->depth() << '\n'; for (const std::string &line : h.doubtful()) std::cout << line << '\n'; return use_libraries(argc) + use_report(argc); }
