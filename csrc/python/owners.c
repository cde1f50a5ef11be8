/* owners.c - whose code runs, told by the name of its file. Nobody but us can compile under a name of
 * ours (audit.c).
 */
#include "guard.h"

#include <string.h>

PyAPI_FUNC(PyFrameObject *) PyFrame_GetBack(PyFrameObject *);

static PyObject *hidden_files, *installed_files; /* tuples of the starts of file names */

int names_owner_of(PyObject *hidden, PyObject *installed)
{
    Py_INCREF(hidden);
    Py_INCREF(installed);
    hidden_files = hidden;
    installed_files = installed;
    return 0;
}

static int starts_with_one(PyObject *name, PyObject *starts)
{
    for (Py_ssize_t i = 0; i < PyTuple_Size(starts); i++)
        if (PyUnicode_Tailmatch(name, PyTuple_GetItem(starts, i), 0, PY_SSIZE_T_MAX, -1) == 1)
            return 1;
    return 0;
}

enum owner owner_of_file(PyObject *name)
{
    if (starts_with_one(name, hidden_files))
        return OWNER_HIDDEN;
    return starts_with_one(name, installed_files) ? OWNER_INSTALLED : OWNER_PROGRAM;
}

enum owner owner_of_code(PyObject *code)
{
    PyObject *name = PyObject_GetAttrString(code, "co_filename");
    enum owner owner = OWNER_HIDDEN;
    if (name && PyUnicode_Check(name))
        owner = owner_of_file(name);
    else
        PyErr_Clear();
    Py_XDECREF(name);
    return owner;
}

/* Returns the code of the next frame, and goes on to the one that called it. Steals *frame. */
static PyObject *next_code(PyFrameObject **frame)
{
    PyObject *code = (PyObject *)PyFrame_GetCode(*frame);
    PyFrameObject *back = PyFrame_GetBack(*frame);
    Py_DECREF((PyObject *)*frame);
    *frame = back;
    return code;
}

static PyFrameObject *first_frame(void)
{
    PyFrameObject *frame = PyEval_GetFrame();
    Py_XINCREF((PyObject *)frame);
    return frame;
}

/* Whether code of the program, or of what it has made, runs in this thread. */
int stack_holds_program(void)
{
    PyFrameObject *frame = first_frame();
    int found = 0;
    while (frame && !found) {
        PyObject *code = next_code(&frame);
        found = owner_of_code(code) == OWNER_PROGRAM;
        Py_DECREF(code);
    }
    Py_XDECREF((PyObject *)frame);
    return found;
}

/* Whether code asks whose file starts with one of these, perhaps by way of installed code. */
static int is_called_by(PyObject *starts)
{
    PyFrameObject *frame = first_frame();
    int is_theirs = 0, goes_on = 1;
    while (frame && goes_on) {
        PyObject *code = next_code(&frame);
        goes_on = owner_of_code(code) == OWNER_INSTALLED;
        PyObject *name = goes_on ? NULL : PyObject_GetAttrString(code, "co_filename");
        if (name)
            is_theirs = starts_with_one(name, starts);
        Py_XDECREF(name);
        Py_DECREF(code);
    }
    Py_XDECREF((PyObject *)frame);
    return is_theirs;
}

int guard_called_by_us(void)
{
    PyObject *ours = PyTuple_GetSlice(hidden_files, 0, 1);
    int is_ours = ours && is_called_by(ours);
    Py_XDECREF(ours);
    return is_ours;
}

int guard_called_by_hidden(void)
{
    return is_called_by(hidden_files);
}

int guard_called_by_maker(PyObject *made)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyObject *code = frame ? (PyObject *)PyFrame_GetCode(frame) : NULL;
    PyObject *consts = code ? PyObject_GetAttrString(code, "co_consts") : NULL;
    int is_maker = 0;
    for (Py_ssize_t i = 0; consts && !is_maker && i < PyTuple_Size(consts); i++)
        is_maker = PyTuple_GetItem(consts, i) == made;
    Py_XDECREF(consts);
    Py_XDECREF(code);
    return is_maker;
}

int guard_called_by_coroutine(void)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyObject *code = frame ? (PyObject *)PyFrame_GetCode(frame) : NULL;
    PyObject *name = code ? PyObject_GetAttrString(code, "co_name") : NULL;
    PyObject *file = code ? PyObject_GetAttrString(code, "co_filename") : NULL;
    const char *path = file ? PyUnicode_AsUTF8AndSize(file, NULL) : NULL;
    const char *last = path ? strrchr(path, '/') : NULL;
    int is_it = last && strcmp(last, "/types.py") == 0 && owner_of_file(file) == OWNER_INSTALLED &&
                PyUnicode_CompareWithASCIIString(name, "coroutine") == 0;
    Py_XDECREF(file);
    Py_XDECREF(name);
    Py_XDECREF(code);
    return is_it;
}
