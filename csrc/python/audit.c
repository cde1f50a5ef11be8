/* audit.c - what a program may not ask of the interpreter beside a test.
 *
 * An audit hook that is written in C cannot be removed. It refuses what reaches into memory, or into
 * the objects of others, and what nearly no tested program needs: ctypes, the collector's lists of
 * objects, tracing, code objects made by hand, modules that expose the interpreter.
 */
#include "guard.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

PyAPI_FUNC(int) PySys_AddAuditHook(int (*)(const char *, PyObject *, void *), void *);

static PyObject *compiled_from; /* a tuple of folders */
static char last_compiled[4096]; /* the bytecode file that was opened last */

static const char *const refused_events[] = {
    "gc.get_objects",      "gc.get_referrers",   "gc.get_referents",
    "sys.settrace",        "sys.setprofile",     "sys.monitoring.register_callback",
    "sys.addaudithook",    "code.__new__",       "marshal.load",
    "sys._current_frames", "sys._current_exceptions",
};

static const char *const refused_modules[] = {
    "_cffi_backend",  "_testcapi",         "_testinternalcapi", "_testbuffer",
    "_testlimitedcapi", "_xxsubinterpreters", "_interpreters",   "_xxinterpchannels",
    "_interpchannels", "_interpqueues",
};

static int is_one_of(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return 1;
    return 0;
}
#define IS_ONE_OF(list, text) is_one_of(list, sizeof(list) / sizeof *(list), text)

static const char *text_of(PyObject *thing)
{
    const char *text = NULL;
    if (thing && PyUnicode_Check(thing))
        text = PyUnicode_AsUTF8AndSize(thing, NULL);
    if (!text)
        PyErr_Clear();
    return text;
}

static int refuse(PyObject *error, const char *what)
{
    guard_note(what, NULL, 0);
    PyErr_Format(error, "%s is refused beside a test that shares the program's process", what);
    return -1;
}

/*** bytecode: only what is in an installed file ***/

static void note_open(PyObject *args)
{
    const char *path = text_of(PyTuple_Size(args) > 0 ? PyTuple_GetItem(args, 0) : NULL);
    size_t length = path ? strlen(path) : 0;
    if (length > 4 && length < sizeof last_compiled && strcmp(path + length - 4, ".pyc") == 0)
        memcpy(last_compiled, path, length + 1);
}

static int is_installed(const char *path)
{
    if (strstr(path, "/../"))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(compiled_from); i++) {
        const char *tree = text_of(PyTuple_GetItem(compiled_from, i));
        size_t length = tree ? strlen(tree) : 0;
        if (length && strncmp(path, tree, length) == 0 && path[length] == '/')
            return 1;
    }
    return 0;
}

#define PYC_HEADER 16

/* Whether an installed file holds this after so many bytes, and nothing else. */
static int is_content(const char *path, off_t after, const char *data, Py_ssize_t length)
{
    if (!is_installed(path))
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *content = fd < 0 ? NULL : malloc((size_t)length + 1);
    int same = content && lseek(fd, after, SEEK_SET) == after;
    Py_ssize_t done = 0;
    while (same && done <= length) {
        ssize_t got = read(fd, content + done, (size_t)(length + 1 - done));
        if (got <= 0)
            break;
        done += got;
    }
    same = same && done == length && memcmp(content, data, (size_t)length) == 0;
    free(content);
    if (fd >= 0)
        close(fd);
    return same;
}

static int check_bytecode(PyObject *args)
{
    char *data;
    Py_ssize_t length;
    PyObject *bytes = PyTuple_Size(args) > 0 ? PyTuple_GetItem(args, 0) : NULL;
    if (guard_called_by_us())
        return 0;
    if (bytes && PyBytes_Check(bytes) && PyBytes_AsStringAndSize(bytes, &data, &length) == 0 &&
        is_content(last_compiled, PYC_HEADER, data, length))
        return 0;
    return refuse(PyExc_RuntimeError, "marshal");
}

/*** imports ***/

static const char *const closed_ctypes[] = {
    "_SimpleCData", "_Pointer", "Structure", "Union", "Array", "CFuncPtr",
};

/* Imports ctypes, so that what needs its names can be imported, and closes its types. */
static int import_ctypes(void)
{
    static int done;
    if (done)
        return 0;
    done = 1;
    guard_trusts++;
    PyObject *whole = PyImport_ImportModule("ctypes");
    PyObject *core = whole ? PyImport_ImportModule("_ctypes") : NULL;
    guard_trusts--;
    PyObject *types = core ? PyList_New(0) : NULL;
    for (size_t i = 0; types && i < sizeof closed_ctypes / sizeof *closed_ctypes; i++) {
        PyObject *type = PyObject_GetAttrString(core, closed_ctypes[i]);
        if (!type || PyList_Append(types, type) < 0)
            Py_CLEAR(types);
        Py_XDECREF(type);
    }
    int failed = !types || audit_close_types(types) < 0;
    Py_XDECREF(whole);
    Py_XDECREF(core);
    Py_XDECREF(types);
    return failed ? -1 : 0;
}

static int check_import(PyObject *args)
{
    const char *name = text_of(PyTuple_Size(args) > 0 ? PyTuple_GetItem(args, 0) : NULL);
    if (!name)
        return 0;
    const char *dot = strrchr(name, '.');
    const char *last = dot ? dot + 1 : name; /* which names the function that a library starts with */
    if (IS_ONE_OF(refused_modules, last))
        return refuse(PyExc_ImportError, last);
    if (strcmp(last, "_ctypes") == 0 || strcmp(name, "ctypes") == 0)
        return import_ctypes();
    return 0;
}

/*** the hook ***/

/* A program may not pass for the test, or for installed code that it does not come from. */
static int check_compile(PyObject *args)
{
    PyObject *source = PyTuple_Size(args) > 1 ? PyTuple_GetItem(args, 0) : NULL;
    PyObject *name = source ? PyTuple_GetItem(args, 1) : NULL;
    /* the compiler makes a text of other names first, and audits again */
    enum owner owner = name && PyUnicode_Check(name) ? owner_of_file(name) : OWNER_PROGRAM;
    char *data;
    Py_ssize_t length;
    const char *path;
    if (owner == OWNER_PROGRAM || guard_called_by_us())
        return 0;
    if (PyBytes_Check(source) && (path = text_of(name)) &&
        PyBytes_AsStringAndSize(source, &data, &length) == 0 && is_content(path, 0, data, length))
        return 0;
    return refuse(PyExc_ValueError, "code under the name of another's file");
}

static int on_event(const char *event, PyObject *args, void *data)
{
    (void)data;
    if (strcmp(event, "open") == 0) {
        note_open(args);
        return 0;
    }
    if (guard_trusts)
        return 0;
    if (strcmp(event, "import") == 0)
        return check_import(args);
    if (strcmp(event, "compile") == 0)
        return check_compile(args);
    if (strcmp(event, "marshal.loads") == 0)
        return check_bytecode(args);
    if (strcmp(event, "code.__new__") == 0 && guard_called_by_coroutine())
        return 0;
    if (strncmp(event, "ctypes.", 7) == 0 || IS_ONE_OF(refused_events, event))
        return refuse(PyExc_RuntimeError, event);
    return 0;
}

int audit_start(PyObject *trees)
{
    Py_INCREF(trees);
    compiled_from = trees;
    return PySys_AddAuditHook(on_event, NULL);
}

/*** types ***/

/* Where these fields are in a type object, in words. CPython has kept them there since 3.8; that it
 * still does is checked before anything is written. */
#define CALL_AT 16
#define FLAGS_AT 21
#define NEW_AT 39
#define IMMUTABLE (1ul << 8)

static void *slot_at(PyObject *type, int at)
{
    return ((void **)type)[at];
}

static int is_laid_out(PyObject *type)
{
    PyTypeObject *known = (PyTypeObject *)type;
    return PyType_Check(type) && (unsigned long)slot_at(type, FLAGS_AT) == PyType_GetFlags(known) &&
           slot_at(type, NEW_AT) == PyType_GetSlot(known, Py_tp_new) &&
           slot_at(type, CALL_AT) == PyType_GetSlot(known, Py_tp_call);
}

static PyObject *refuse_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    (void)self, (void)args, (void)kwargs;
    refuse(PyExc_RuntimeError, "reaching into memory");
    return NULL;
}

/* Calls `change` for the types and all their subclasses. */
static int for_each(PyObject *types, int (*change)(PyObject *))
{
    PyObject *items = PySequence_List(types);
    for (Py_ssize_t i = 0; items && i < PyList_Size(items); i++) {
        PyObject *type = PyList_GetItem(items, i);
        if (!is_laid_out(type)) {
            PyErr_SetString(PyExc_SystemError, "types are laid out in an unknown way");
            Py_CLEAR(items);
        } else if (change(type)) {
            PyObject *below = PyObject_CallMethod(type, "__subclasses__", NULL);
            Py_ssize_t end = PyList_Size(items);
            if (!below || PyList_SetSlice(items, end, end, below) < 0)
                Py_CLEAR(items);
            Py_XDECREF(below);
        }
    }
    int failed = !items;
    Py_XDECREF(items);
    return failed ? -1 : 0;
}

static int close_type(PyObject *type)
{
    ((void **)type)[NEW_AT] = (void *)refuse_call;
    if (slot_at(type, CALL_AT))
        ((void **)type)[CALL_AT] = (void *)refuse_call;
    return 1;
}

static int freeze_type(PyObject *type)
{
    unsigned long flags = (unsigned long)slot_at(type, FLAGS_AT) | IMMUTABLE;
    ((void **)type)[FLAGS_AT] = (void *)flags;
    return 0;
}

int audit_close_types(PyObject *types)
{
    return for_each(types, close_type);
}

int audit_freeze_types(PyObject *types)
{
    return for_each(types, freeze_type);
}
