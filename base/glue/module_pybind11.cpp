// Uses what makes pybind11 instantiate its parts; what it computes means nothing.
#include <pybind11/functional.h>
#include <pybind11/operators.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace py = pybind11;

struct Base {
    virtual ~Base() = default;
    virtual int total(int start) { return start + number; }
    int number = 1;
    std::string name = "x";
    Base operator+(const Base &other) const { Base made; made.number = number + other.number; return made; }
};

struct Trampoline : Base {
    int total(int start) override { PYBIND11_OVERRIDE(int, Base, total, start); }
};

enum class Colour { Red, Blue };

PYBIND11_MODULE(module, m) {
    py::enum_<Colour>(m, "Colour").value("Red", Colour::Red).value("Blue", Colour::Blue).export_values();
    py::class_<Base, Trampoline, std::shared_ptr<Base>>(m, "Base")
        .def(py::init<>())
        .def("total", &Base::total, py::arg("start") = 0)
        .def_readwrite("number", &Base::number)
        .def_property_readonly("name", [](const Base &self) { return self.name; })
        .def(py::self + py::self)
        .def("__repr__", [](const Base &self) { return "<" + self.name + ">"; })
        .def("__len__", [](const Base &self) { return (size_t) self.number; });
    m.def("sum", [](const std::vector<double> &all) { double sum = 0; for (double one : all) sum += one; return sum; });
    m.def("map", [](const std::map<std::string, int> &all, std::optional<int> more) { auto made = all; if (more) made["more"] = *more; return made; });
    m.def("call", [](const std::function<int(int)> &call, py::args args, py::kwargs kwargs) { return call(2) + (int) args.size() + (int) kwargs.size(); });
    m.def("buffer", [](py::buffer buffer) { auto info = buffer.request(); return py::bytes((const char *) info.ptr, info.size); });
    m.def("fail", [](int x) -> py::object { if (x) throw std::invalid_argument("bad"); return py::none(); });
    m.def("list", [](py::list list, py::dict dict, py::str text) { dict[text] = list; for (auto one : list) py::print(one); return py::make_tuple(dict, list.size(), py::cast<std::string>(text)); });
    static py::exception<std::runtime_error> error(m, "Error");
    m.attr("version") = "1";
}
