#include <stdexcept>
#include <string>
#include <vector>
struct Base {
    virtual ~Base() {}
    int number = 1;
    std::string name;
    virtual int total(int start = 0) { return start + number; }
    static Base *make(const std::string &name) { auto *made = new Base; made->name = name; return made; }
};
struct Child : Base {
    double part(const std::vector<double> &all, bool strict) { if (strict && all.empty()) throw std::runtime_error("empty"); return all.size(); }
};
enum Colour { RED, BLUE };
inline Colour other(Colour colour) { return colour == RED ? BLUE : RED; }
inline std::vector<std::string> texts(unsigned long long count, const char *text) { return std::vector<std::string>(count, text); }
