/* guard.c - what decides the verdict of a test that shares the program's process.
 *
 * The secret of a test goes from the zygote into this file and from here to the report, and is no
 * Python object in between. It is reported only if a check has run, nothing has been tampered with,
 * and our own code, which alone has these functions, says that the test has come to its end.
 */
#include "guard.h"

#include "../rltf.h"

#include <string.h>
#include <unistd.h>

_Thread_local int guard_trusts;

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
static int is_loaded; /* our own code says so; the secret of that step is still to be reported */
static int is_set_up;
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
    is_loaded = 0;
    checks = 0;
}

static int check_words(void)
{
    return is_lost ? -1 : words_check(has_secret);
}

#define HEADER 5

/* Reports the secret in a frame of that kind, with a text after it, once. */
static int report_secret(char kind, const char *text, Py_ssize_t length)
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
    return may;
}

static PyObject *guard_loaded(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    is_loaded = has_secret;
    Py_RETURN_NONE;
}

PyAPI_FUNC(PyThreadState *) PyInterpreterState_ThreadHead(PyInterpreterState *);
PyAPI_FUNC(PyThreadState *) PyThreadState_Next(PyThreadState *);

/* After the step that loads the program: reports the secret of that step, if no other thread could
 * take the test. One that is about to start has a state already, and is not in Python's own count. */
static void end_step(void)
{
    if (!is_loaded)
        return;
    is_loaded = 0;
    PyGILState_STATE state = PyGILState_Ensure();
    PyThreadState *first = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    if (!PyThreadState_Next(first))
        report_secret('V', "", 0);
    PyGILState_Release(state);
}

static PyObject *guard_pass(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    check_words();
    if (is_lost || checks == 0)
        Py_RETURN_FALSE;
    return PyBool_FromLong(report_secret('V', "", 0));
}

static PyObject *guard_broken(PyObject *self, PyObject *text)
{
    (void)self;
    Py_ssize_t length;
    const char *why = PyUnicode_AsUTF8AndSize(text, &length);
    if (!why)
        return NULL;
    return PyBool_FromLong(report_secret('T', why, length > 4000 ? 4000 : length));
}

/*** what the words of the test mean ***/

static PyObject *guard_watch(PyObject *self, PyObject *args)
{
    PyObject *name, *dict;
    int is_ours, is_module;
    (void)self;
    if (!PyArg_ParseTuple(args, "UO!pp", &name, &PyDict_Type, &dict, &is_ours, &is_module) ||
        words_watch(name, dict, is_ours, is_module) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *guard_begin(PyObject *self, PyObject *args)
{
    PyObject *names, *globals;
    (void)self;
    if (!PyArg_ParseTuple(args, "OO", &names, &globals))
        return NULL;
    words_may_change(names);
    getters_hidden_globals = globals;
    if (!is_lost)
        words_check(0); /* what has changed since the step began is our own doing */
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

static int exchange_in(PyObject *dict, PyObject *keys, PyObject *const from[2], PyObject *const to[2])
{
    for (Py_ssize_t k = 0; k < PyTuple_Size(keys); k++) {
        PyObject *key = PyTuple_GetItem(keys, k), *value = PyDict_GetItemWithError(dict, key);
        for (int i = 0; value && i < 2; i++)
            if (value == from[i] && PyDict_SetItem(dict, key, to[i]) < 0)
                return -1;
    }
    return 0;
}

/* Puts the program's builtins in the place of the trusted ones in all other modules, under the names
 * that modules have them by. Here, where a look at a module does not copy its page. */
static PyObject *guard_exchange(PyObject *self, PyObject *args)
{
    PyObject *modules, *keys, *from[2], *to[2], *name, *module;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!O!OOOO", &PyDict_Type, &modules, &PyTuple_Type, &keys, &from[0],
                          &from[1], &to[0], &to[1]))
        return NULL;
    for (Py_ssize_t at = 0; PyDict_Next(modules, &at, &name, &module);)
        if (PyModule_Check(module) && module != from[0] &&
            exchange_in(PyModule_GetDict(module), keys, from, to) < 0)
            return NULL;
    Py_RETURN_NONE;
}

static PyObject *guard_runs_program(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    return PyBool_FromLong(stack_holds_program());
}

static PyObject *guard_serves_hidden(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    return PyBool_FromLong(guard_called_by_hidden());
}

static PyObject *guard_arm(PyObject *self, PyObject *args)
{
    PyObject *dicts, *proxies, *builtins, *hidden, *installed, *trees;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOO", &dicts, &proxies, &builtins, &hidden, &installed, &trees))
        return NULL;
    int failed = names_owner_of(hidden, installed) < 0 || getters_replace(dicts, builtins) < 0 ||
                 proxies_close(proxies) < 0 || audit_start(trees) < 0;
    words_check(0); /* what has changed since the fork is our own doing */
    return result_of(failed);
}

static PyMethodDef functions[] = {
    {"arm", guard_arm, METH_VARARGS, NULL},
    {"begin", guard_begin, METH_VARARGS, NULL},
    {"broken", guard_broken, METH_O, NULL},
    {"close", guard_close, METH_O, NULL},
    {"exchange", guard_exchange, METH_VARARGS, NULL},
    {"freeze", guard_freeze, METH_O, NULL},
    {"loaded", guard_loaded, METH_NOARGS, NULL},
    {"lose", guard_lose, METH_O, NULL},
    {"mark", guard_mark, METH_O, NULL},
    {"noted", guard_noted, METH_NOARGS, NULL},
    {"passed", guard_pass, METH_NOARGS, NULL},
    {"runs_program", guard_runs_program, METH_NOARGS, NULL},
    {"serves_hidden", guard_serves_hidden, METH_NOARGS, NULL},
    {"use_marks", guard_use_marks, METH_O, NULL},
    {"watch", guard_watch, METH_VARARGS, NULL},
};

int rltf_guard_functions(uintptr_t into)
{
    PyGILState_STATE state = PyGILState_Ensure(); /* cffi has released it */
    int failed = is_set_up; /* a program that has found the library gets nothing */
    is_set_up = 1;
    child_at_test_end = end_step;
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
