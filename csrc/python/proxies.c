/* proxies.c - read-only views of dictionaries that nobody can get the dictionary out of.
 *
 * A mappingproxy hands the dictionary itself to the operators of the other operand, so that
 * `vars(int) | thing` would give away the attributes of a type. Beside a test it hands over a copy.
 */
#include "guard.h"

#include <stdint.h>

/* Where these fields are in a type object and in its number methods, in words (see audit.c). */
#define NUMBER_AT 12
#define RICHCOMPARE_AT 25
#define OR_AT 15

/* Returns a copy for a proxy that has one, else the object itself. */
static PyObject *handed_over(PyObject *thing)
{
    if (Py_TYPE(thing) == &PyDictProxy_Type) {
        PyObject *copy = PyObject_CallMethod(thing, "copy", NULL);
        if (copy && copy != thing && Py_TYPE(copy) != &PyDictProxy_Type)
            return copy;
        Py_XDECREF(copy);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "what the proxy stands for cannot be copied");
        return NULL;
    }
    Py_INCREF(thing);
    return thing;
}

static PyObject *or_copies(PyObject *left, PyObject *right)
{
    PyObject *one = handed_over(left), *other = one ? handed_over(right) : NULL;
    PyObject *result = other ? PyNumber_Or(one, other) : NULL;
    Py_XDECREF(one);
    Py_XDECREF(other);
    return result;
}

static PyObject *compare_copies(PyObject *left, PyObject *right, int operation)
{
    PyObject *one = handed_over(left), *other = one ? handed_over(right) : NULL;
    PyObject *result = other ? PyObject_RichCompare(one, other, operation) : NULL;
    Py_XDECREF(one);
    Py_XDECREF(other);
    return result;
}

static PyObject *or_right(PyObject *self, PyObject *other)
{
    return or_copies(other, self);
}

#define COMPARISON(name, operation)                                                                \
    static PyObject *name(PyObject *self, PyObject *other)                                         \
    {                                                                                              \
        return compare_copies(self, other, operation);                                             \
    }
COMPARISON(is_equal, Py_EQ)
COMPARISON(is_unequal, Py_NE)
COMPARISON(is_less, Py_LT)
COMPARISON(is_at_most, Py_LE)
COMPARISON(is_greater, Py_GT)
COMPARISON(is_at_least, Py_GE)

static PyMethodDef methods[] = {
    {"__or__", or_copies, METH_O, NULL},      {"__ror__", or_right, METH_O, NULL},
    {"__eq__", is_equal, METH_O, NULL},       {"__ne__", is_unequal, METH_O, NULL},
    {"__lt__", is_less, METH_O, NULL},        {"__le__", is_at_most, METH_O, NULL},
    {"__gt__", is_greater, METH_O, NULL},     {"__ge__", is_at_least, METH_O, NULL},
};

int proxies_close(PyObject *attributes)
{
    PyTypeObject *type = &PyDictProxy_Type;
    void **slots = (void **)type, **number = slots[NUMBER_AT];
    if (slots[RICHCOMPARE_AT] != PyType_GetSlot(type, Py_tp_richcompare) || !number ||
        number[OR_AT] != PyType_GetSlot(type, Py_nb_or))
        return -1;
    slots[RICHCOMPARE_AT] = (void *)compare_copies;
    number[OR_AT] = (void *)or_copies;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        PyObject *made = PyDescr_NewMethod(type, &methods[i]);
        int failed = !made || PyDict_SetItemString(attributes, methods[i].ml_name, made) < 0;
        Py_XDECREF(made);
        if (failed)
            return -1;
    }
    PyType_Modified(type);
    return 0;
}
