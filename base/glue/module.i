%module(directors="1") module
%{
#include "module.h"
%}
%include "std_string.i"
%include "std_vector.i"
%include "exception.i"
%exception { try { $action } catch (const std::exception &error) { SWIG_exception(SWIG_RuntimeError, error.what()); } }
%template(Doubles) std::vector<double>;
%template(Texts) std::vector<std::string>;
%feature("director") Base;
%include "module.h"
