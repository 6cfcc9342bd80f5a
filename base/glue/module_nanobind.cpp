// Uses what makes nanobind instantiate its parts; what it computes means nothing.
#include <nanobind/nanobind.h>
#include <nanobind/operators.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;

struct Base {
    int number = 1;
    std::string name = "x";
    int total(int start) { return start + number; }
};

enum class Colour { Red, Blue };

NB_MODULE(module, m) {
    nb::enum_<Colour>(m, "Colour").value("Red", Colour::Red).value("Blue", Colour::Blue);
    nb::class_<Base>(m, "Base")
        .def(nb::init<>())
        .def("total", &Base::total, nb::arg("start") = 0)
        .def_rw("number", &Base::number)
        .def_prop_ro("name", [](const Base &self) { return self.name; });
    m.def("sum", [](const std::vector<double> &all) { double sum = 0; for (double one : all) sum += one; return sum; });
    m.def("map", [](const std::map<std::string, int> &all) { return all; });
    m.def("call", [](const std::function<int(int)> &call, nb::args args) { return call(2) + (int) args.size(); });
    m.def("share", [](std::shared_ptr<Base> base) { return base; });
    m.def("list", [](nb::list list, nb::dict dict, nb::str text) { dict[text] = list; return nb::make_tuple(dict, list.size()); });
}
