/* guard.c - what decides the verdict of a test that shares the program's process.
 *
 * The secret of a test goes from the zygote into this file and from here to the report, and is no
 * Python object in between. It is reported only if a check has run, nothing has been tampered with,
 * and our own code, which alone has these functions, says that the test has come to its end.
 */
#include "guard.h"

#include "../protocol.h"
#include "../python_api.h"

#include <string.h>
#include <unistd.h>

PyAPI_FUNC(PyFrameObject *) PyFrame_GetBack(PyFrameObject *);

_Thread_local int guard_trusts;

/*** whose code ***/

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
static int stack_holds_program(void)
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

int guard_called_by_us(void)
{
    PyFrameObject *frame = first_frame();
    int is_ours = 0, goes_on = 1;
    while (frame && goes_on) {
        PyObject *code = next_code(&frame);
        goes_on = owner_of_code(code) == OWNER_INSTALLED;
        PyObject *name = goes_on ? NULL : PyObject_GetAttrString(code, "co_filename");
        if (name)
            is_ours = PyUnicode_Tailmatch(name, PyTuple_GetItem(hidden_files, 0), 0,
                                          PY_SSIZE_T_MAX, -1) == 1;
        Py_XDECREF(name);
        Py_DECREF(code);
    }
    Py_XDECREF((PyObject *)frame);
    return is_ours;
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

static void keep(PyObject **at, PyObject *value)
{
    PyObject *old = *at;
    Py_INCREF(value);
    *at = value;
    Py_XDECREF(old);
}

/*** the secret ***/

static char secret[GUARD_SECRET_LENGTH];
static int has_secret;
static unsigned long checks; /* that have run in this test */
static int is_lost;          /* no test may pass any more */
static char noted[300];

void guard_note(const char *what, PyObject *name, int is_final)
{
    const char *text = name ? PyUnicode_AsUTF8AndSize(name, NULL) : "";
    if (!text) {
        PyErr_Clear();
        text = "?";
    }
    if (is_final && !is_lost)
        noted[0] = 0; /* it counts more than what was only refused */
    is_lost |= is_final;
    if (!noted[0])
        PyOS_snprintf(noted, sizeof noted, "%s%s", what, text);
}

void rltf_guard_take(struct rltf_job *job)
{
    if (job->test_length < GUARD_SECRET_LENGTH)
        return;
    char *from = (char *)(uintptr_t)job->test;
    memcpy(secret, from, GUARD_SECRET_LENGTH);
    memset(from, 0, GUARD_SECRET_LENGTH);
    job->test += GUARD_SECRET_LENGTH;
    job->test_length -= GUARD_SECRET_LENGTH;
    has_secret = 1;
    checks = 0;
}

#define HEADER 5

/* Reports the secret in a frame of that kind, with a text after it, once. */
static PyObject *finish(char kind, const char *text, Py_ssize_t length)
{
    char frame[HEADER + GUARD_SECRET_LENGTH + 4000] = {kind};
    int may = has_secret && length <= 4000;
    if (may) {
        uint32_t size = (uint32_t)(GUARD_SECRET_LENGTH + length);
        memcpy(frame + 1, &size, sizeof size);
        memcpy(frame + HEADER, secret, GUARD_SECRET_LENGTH);
        memcpy(frame + HEADER + GUARD_SECRET_LENGTH, text, (size_t)length);
        ssize_t put = write(RLTF_FD_REPORT, frame, HEADER + size);
        (void)put; /* what is not whole is no report */
    }
    memset(secret, 0, sizeof secret);
    memset(frame, 0, sizeof frame);
    has_secret = 0;
    return PyBool_FromLong(may);
}

static PyObject *guard_pass(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    if (is_lost || checks == 0)
        Py_RETURN_FALSE;
    return finish('V', "", 0);
}

static PyObject *guard_broken(PyObject *self, PyObject *text)
{
    (void)self;
    Py_ssize_t length;
    const char *why = PyUnicode_AsUTF8AndSize(text, &length);
    if (!why)
        return NULL;
    return finish('T', why, length > 4000 ? 4000 : length);
}

/*** what the words of the test mean ***/

struct word {
    PyObject *name; /* of the module or class */
    PyObject *dict;
    PyObject *copy; /* as it was before the program was loaded */
    uint64_t tag;
};

static struct word words[512];
static size_t words_count;
static PyObject *may_change; /* a set of names that the test itself patches */

/* A number that every change of a dictionary changes; 0 where this version of Python has none. */
static uint64_t tag_of(PyObject *dict)
{
    if (Py_Version >= 0x030c0000)
        return 0;
    return ((uint64_t *)dict)[3]; /* after the head and the number of entries */
}

static PyObject *guard_watch(PyObject *self, PyObject *args)
{
    PyObject *name, *dict;
    (void)self;
    if (!PyArg_ParseTuple(args, "UO!", &name, &PyDict_Type, &dict))
        return NULL;
    if (words_count < sizeof words / sizeof *words) {
        struct word *word = &words[words_count];
        *word = (struct word){.name = name, .dict = dict, .copy = PyDict_Copy(dict)};
        if (!word->copy)
            return NULL;
        Py_INCREF(name);
        Py_INCREF(dict);
        word->tag = tag_of(dict);
        words_count++;
    }
    Py_RETURN_NONE;
}

/* Functions, types and modules are what a test calls. Anything else may change as a module works. */
static int matters(PyObject *value)
{
    return PyCallable_Check(value) || PyModule_Check(value);
}

static int check_word(struct word *word)
{
    PyObject *key, *value;
    int is_whole = 1;
    for (Py_ssize_t at = 0; PyDict_Next(word->copy, &at, &key, &value);) {
        if (!PyUnicode_Check(key) || PyDict_GetItem(word->dict, key) == value || !matters(value))
            continue;
        if (may_change && PySet_Contains(may_change, key) == 1) {
            is_whole = 0;
            continue;
        }
        PyObject *path = PyUnicode_FromFormat("%U.%U", word->name, key);
        guard_note("the program has replaced ", path ? path : key, 1);
        Py_XDECREF(path);
        return -1;
    }
    word->tag = is_whole ? tag_of(word->dict) : 0;
    return 0;
}

static int check_words(void)
{
    for (size_t i = 0; i < words_count && !is_lost; i++)
        if (words[i].tag == 0 || words[i].tag != tag_of(words[i].dict))
            check_word(&words[i]);
    return is_lost ? -1 : 0;
}

static PyObject *guard_begin(PyObject *self, PyObject *args)
{
    PyObject *names, *globals;
    (void)self;
    if (!PyArg_ParseTuple(args, "OO", &names, &globals))
        return NULL;
    keep(&may_change, names);
    getters_hidden_globals = globals;
    check_words();
    Py_RETURN_NONE;
}

/*** marks ***/

static PyObject *marks;

/* What test code calls before each check, with its number, and where it uses a name. */
static PyObject *guard_mark(PyObject *self, PyObject *key)
{
    (void)self;
    if (PyLong_Check(key)) {
        check_words();
        checks++;
    }
    if (!marks || PySet_Add(marks, key) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *guard_use_marks(PyObject *self, PyObject *set)
{
    (void)self;
    keep(&marks, set);
    Py_RETURN_NONE;
}

/*** the rest of what our own code calls ***/

static PyObject *guard_lose(PyObject *self, PyObject *why)
{
    (void)self;
    guard_note("", why, 1);
    Py_RETURN_NONE;
}

/* Returns what was noted, and whether a test may still pass. */
static PyObject *guard_noted(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    check_words();
    return Py_BuildValue("sN", noted, PyBool_FromLong(!is_lost));
}

static PyObject *result_of(int failed)
{
    if (!failed)
        Py_RETURN_NONE;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "the guard does not know this version of Python");
    return NULL;
}

static PyObject *guard_freeze(PyObject *self, PyObject *types)
{
    (void)self;
    return result_of(audit_freeze_types(types) < 0);
}

static PyObject *guard_close(PyObject *self, PyObject *types)
{
    (void)self;
    return result_of(audit_close_types(types) < 0);
}

/* Puts the program's builtins in the place of the trusted ones in a module's dictionary, under the
 * names that modules have them by. */
static PyObject *guard_exchange(PyObject *self, PyObject *args)
{
    PyObject *dict, *keys, *from[2], *to[2];
    (void)self;
    if (!PyArg_ParseTuple(args, "OO!OOOO", &dict, &PyTuple_Type, &keys, &from[0], &from[1], &to[0],
                          &to[1]))
        return NULL;
    for (Py_ssize_t k = 0; k < PyTuple_Size(keys); k++) {
        PyObject *key = PyTuple_GetItem(keys, k), *value = PyDict_GetItemWithError(dict, key);
        for (int i = 0; value && i < 2; i++)
            if (value == from[i] && PyDict_SetItem(dict, key, to[i]) < 0)
                return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *guard_runs_program(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    return PyBool_FromLong(stack_holds_program());
}

static PyObject *guard_arm(PyObject *self, PyObject *args)
{
    PyObject *dicts, *builtins, *hidden, *installed, *trees;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOO", &dicts, &builtins, &hidden, &installed, &trees))
        return NULL;
    return result_of(names_owner_of(hidden, installed) < 0 ||
                     getters_replace(dicts, builtins) < 0 || audit_start(trees) < 0);
}

static PyMethodDef functions[] = {
    {"arm", guard_arm, METH_VARARGS, NULL},
    {"begin", guard_begin, METH_VARARGS, NULL},
    {"broken", guard_broken, METH_O, NULL},
    {"close", guard_close, METH_O, NULL},
    {"exchange", guard_exchange, METH_VARARGS, NULL},
    {"freeze", guard_freeze, METH_O, NULL},
    {"lose", guard_lose, METH_O, NULL},
    {"mark", guard_mark, METH_O, NULL},
    {"noted", guard_noted, METH_NOARGS, NULL},
    {"passed", guard_pass, METH_NOARGS, NULL},
    {"runs_program", guard_runs_program, METH_NOARGS, NULL},
    {"use_marks", guard_use_marks, METH_O, NULL},
    {"watch", guard_watch, METH_VARARGS, NULL},
};

int rltf_guard_functions(uintptr_t into)
{
    PyGILState_STATE state = PyGILState_Ensure(); /* cffi has released it */
    int failed = 0;
    for (size_t i = 0; i < sizeof functions / sizeof *functions && !failed; i++) {
        PyObject *function = PyCFunction_New(&functions[i], NULL);
        failed = !function ||
                 PyDict_SetItemString((PyObject *)into, functions[i].ml_name, function) < 0;
        Py_XDECREF(function);
    }
    PyErr_Clear();
    PyGILState_Release(state);
    return failed ? -1 : 0;
}
