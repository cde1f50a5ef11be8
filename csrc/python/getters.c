/* getters.c - what frames, functions and builtins show about code that is not the program's.
 *
 * The descriptors of a few attributes are replaced in the dictionaries of their types. The new ones
 * call the old ones, which nothing else refers to any more. So it does not matter how the program
 * has come by a frame or a function: from sys._getframe(), a traceback, a generator, a signal
 * handler or an argument.
 *
 * A hidden frame or function has a code object that only tells its name, its file, its lines and
 * its parameters; and globals that only tell __name__.
 */
#include "guard.h"

PyAPI_FUNC(PyObject *) PyCell_New(PyObject *);
PyAPI_FUNC(PyObject *) PyCell_Get(PyObject *);

enum attribute {
    FRAME_BACK,
    FRAME_LOCALS,
    FRAME_GLOBALS,
    FRAME_BUILTINS,
    FRAME_CODE,
    FRAME_TRACE,
    FRAME_LINE,
    FUNCTION_CODE,
    FUNCTION_GLOBALS,
    FUNCTION_CLOSURE,
    FUNCTION_BUILTINS,
    FUNCTION_DEFAULTS,
    FUNCTION_KEYWORD_DEFAULTS,
    GENERATOR_CODE,
    COROUTINE_CODE,
    ASYNC_GENERATOR_CODE,
    BUILTIN_SELF,
    ATTRIBUTES,
};

static const char *const names[ATTRIBUTES] = {
    "f_back",       "f_locals",     "f_globals",        "f_builtins",   "f_code",
    "f_trace",      "f_lineno",     "__code__",         "__globals__",  "__closure__",
    "__builtins__", "__defaults__", "__kwdefaults__",   "gi_code",      "cr_code",
    "ag_code",      "__self__",
};

static PyObject *old[ATTRIBUTES];
static PyGetSetDef definitions[ATTRIBUTES];
static PyObject *trusted_module, *trusted_dict, *program_module, *program_dict;
static PyObject *return_none; /* bytecode */
static PyObject *shown; /* by address of a code object: (it, what is shown of it) */

PyObject *getters_hidden_globals, *getters_trusted_builtins;

static PyObject *get_old(enum attribute which, PyObject *of)
{
    descrgetfunc get = (descrgetfunc)PyType_GetSlot(Py_TYPE(old[which]), Py_tp_descr_get);
    return get(old[which], of, (PyObject *)Py_TYPE(of));
}

static int set_old(enum attribute which, PyObject *of, PyObject *value)
{
    descrsetfunc set = (descrsetfunc)PyType_GetSlot(Py_TYPE(old[which]), Py_tp_descr_set);
    return set(old[which], of, value);
}

/* Returns a code object like `code` that returns None and holds no constants. */
static PyObject *make_shown(PyObject *code)
{
    PyObject *result = NULL, *nothing = NULL, *arguments = NULL;
    PyObject *consts = PyTuple_Pack(1, Py_None), *empty = PyTuple_New(0);
    PyObject *bytes = PyObject_GetAttrString(code, "co_code");
    PyObject *replace = PyObject_GetAttrString(code, "replace");
    Py_ssize_t length = bytes ? PyBytes_Size(bytes) : -1, unit = PyBytes_Size(return_none);
    if (consts && empty && replace && length >= 0 && unit > 0)
        nothing = PyBytes_FromStringAndSize(NULL, length);
    if (nothing) {
        /* as long as before, since tracebacks count its instructions */
        const char *from = PyBytes_AsString(return_none);
        char *to = PyBytes_AsString(nothing);
        for (Py_ssize_t i = 0; i < length; i++)
            to[i] = from[i % unit];
        arguments = Py_BuildValue("{sOsOsO}", "co_code", nothing, "co_consts", consts, "co_names",
                                  empty);
    }
    if (arguments) {
        guard_trusts++;
        result = PyObject_Call(replace, empty, arguments);
        guard_trusts--;
    }
    Py_XDECREF(consts);
    Py_XDECREF(empty);
    Py_XDECREF(nothing);
    Py_XDECREF(arguments);
    Py_XDECREF(bytes);
    Py_XDECREF(replace);
    return result;
}

/* Steals `code`. */
static PyObject *show_code(PyObject *code)
{
    if (!code || owner_of_code(code) != OWNER_HIDDEN)
        return code;
    PyObject *key = PyLong_FromVoidPtr(code);
    PyObject *pair = key ? PyDict_GetItemWithError(shown, key) : NULL;
    if (!pair && key && !PyErr_Occurred()) {
        PyObject *made = make_shown(code);
        pair = made ? PyTuple_Pack(2, code, made) : NULL;
        if (pair && PyDict_SetItem(shown, key, pair) < 0) {
            Py_DECREF(pair);
            pair = NULL;
        } else
            Py_XDECREF(pair); /* the dictionary has it */
        Py_XDECREF(made);
    }
    PyObject *result = pair ? PyTuple_GetItem(pair, 1) : NULL;
    Py_XINCREF(result);
    Py_XDECREF(key);
    Py_DECREF(code);
    return result;
}

/* Steals `globals`. Returns a new dictionary that only tells __name__. */
static PyObject *show_globals(PyObject *globals)
{
    PyObject *result = PyDict_New();
    PyObject *name = result ? PyDict_GetItemString(globals, "__name__") : NULL;
    if (name && PyDict_SetItemString(result, "__name__", name) < 0)
        Py_CLEAR(result);
    Py_DECREF(globals);
    return result;
}

/* Steals `value`. Returns the program's builtins for those of the trusted code. */
static PyObject *show_builtins(PyObject *value)
{
    PyObject *result = value;
    if (value == trusted_dict)
        result = program_dict;
    else if (value == trusted_module)
        result = program_module;
    if (result != value) {
        Py_INCREF(result);
        Py_DECREF(value);
    }
    return result;
}

static PyObject *none(PyObject *value)
{
    Py_XDECREF(value);
    Py_RETURN_NONE;
}

/* Whose code a frame, function or generator runs. */
static enum owner owner_of(enum attribute code_attribute, PyObject *of)
{
    PyObject *code = get_old(code_attribute, of);
    if (!code) {
        PyErr_Clear();
        return OWNER_PROGRAM;
    }
    enum owner owner = owner_of_code(code);
    Py_DECREF(code);
    return owner;
}

static enum owner owner_of_function(PyObject *function)
{
    enum owner owner = owner_of(FUNCTION_CODE, function);
    if (owner == OWNER_HIDDEN || !getters_hidden_globals)
        return owner;
    PyObject *globals = get_old(FUNCTION_GLOBALS, function);
    if (globals == getters_hidden_globals)
        owner = OWNER_HIDDEN; /* such as __init__ of a dataclass that the test defines */
    Py_XDECREF(globals);
    return owner;
}

static PyObject *get_of_frame(PyObject *frame, enum attribute which)
{
    PyObject *value = get_old(which, frame);
    if (!value || which == FRAME_BACK)
        return value;
    if (which == FRAME_CODE)
        return show_code(value);
    if (which == FRAME_BUILTINS)
        return show_builtins(value);
    if (owner_of(FRAME_CODE, frame) != OWNER_HIDDEN || which == FRAME_LINE)
        return value;
    if (which == FRAME_GLOBALS)
        return show_globals(value);
    return which == FRAME_LOCALS ? (Py_DECREF(value), PyDict_New()) : none(value);
}

/* New cells, so that nobody changes what an installed function is closed over. */
static PyObject *copy_cells(PyObject *closure)
{
    Py_ssize_t count = closure == Py_None ? 0 : PyTuple_Size(closure);
    if (closure == Py_None || count < 0)
        return closure;
    PyObject *copies = PyTuple_New(count);
    for (Py_ssize_t i = 0; copies && i < count; i++) {
        PyObject *content = PyCell_Get(PyTuple_GetItem(closure, i));
        PyObject *cell = PyCell_New(content);
        Py_XDECREF(content);
        if (!cell || PyTuple_SetItem(copies, i, cell) < 0)
            Py_CLEAR(copies);
    }
    Py_DECREF(closure);
    return copies;
}

static PyObject *get_of_function(PyObject *function, enum attribute which)
{
    PyObject *value = get_old(which, function);
    if (!value)
        return NULL;
    if (which == FUNCTION_CODE)
        return show_code(value);
    if (which == FUNCTION_BUILTINS)
        return show_builtins(value);
    enum owner owner = owner_of_function(function);
    if (owner == OWNER_PROGRAM)
        return value;
    switch (which) {
    case FUNCTION_GLOBALS:
        return owner == OWNER_HIDDEN ? show_globals(value) : value;
    case FUNCTION_CLOSURE:
        return owner == OWNER_HIDDEN ? none(value) : copy_cells(value);
    case FUNCTION_KEYWORD_DEFAULTS:
        if (value != Py_None) {
            PyObject *copy = PyDict_Copy(value);
            Py_DECREF(value);
            return copy;
        }
        return value;
    default:
        return value;
    }
}

static PyObject *get(PyObject *of, void *closure)
{
    enum attribute which = (enum attribute)(intptr_t)closure;
    if (which <= FRAME_LINE)
        return get_of_frame(of, which);
    if (which <= FUNCTION_KEYWORD_DEFAULTS)
        return get_of_function(of, which);
    PyObject *value = get_old(which, of);
    if (which != BUILTIN_SELF)
        return show_code(value);
    return value ? show_builtins(value) : NULL;
}

static int is_default(enum attribute which)
{
    return which == FUNCTION_DEFAULTS || which == FUNCTION_KEYWORD_DEFAULTS;
}

/* Whether the code that asks is the one that makes this function with a `def` of its own. */
static int is_set_by_maker(PyObject *function)
{
    PyObject *code = get_old(FUNCTION_CODE, function);
    int is_maker = code && guard_called_by_maker(code);
    Py_XDECREF(code);
    PyErr_Clear();
    return is_maker;
}

static int set(PyObject *of, PyObject *value, void *closure)
{
    enum attribute which = (enum attribute)(intptr_t)closure;
    enum owner owner = which <= FRAME_LINE ? owner_of(FRAME_CODE, of) : owner_of_function(of);
    if (owner == OWNER_PROGRAM || guard_trusts ||
        (which == FUNCTION_CODE && guard_called_by_coroutine()) ||
        (owner == OWNER_INSTALLED && is_default(which) && is_set_by_maker(of)))
        return set_old(which, of, value);
    PyErr_Format(PyExc_AttributeError, "%s cannot be set here", names[which]);
    guard_note("changed a function or frame that is not its own", NULL, 0);
    return -1;
}

static int replace(PyObject *type, PyObject *attributes, enum attribute which)
{
    PyObject *descriptor = PyDict_GetItemString(attributes, names[which]);
    if (!descriptor)
        return 0; /* another type's, or not in this version */
    Py_INCREF(descriptor);
    old[which] = descriptor;
    int settable = which == FRAME_TRACE || which == FRAME_LINE || which == FUNCTION_CODE ||
                   which == FUNCTION_DEFAULTS || which == FUNCTION_KEYWORD_DEFAULTS;
    definitions[which] = (PyGetSetDef){names[which], get, settable ? set : NULL, NULL,
                                       (void *)(intptr_t)which};
    PyObject *made = PyDescr_NewGetSet((PyTypeObject *)type, &definitions[which]);
    int failed = !made || PyDict_SetItemString(attributes, names[which], made) < 0;
    Py_XDECREF(made);
    PyType_Modified((PyTypeObject *)type);
    return failed ? -1 : 0;
}

int getters_replace(PyObject *dicts, PyObject *builtins)
{
    if (!PyArg_ParseTuple(builtins, "OOOO", &trusted_module, &trusted_dict, &program_module,
                          &program_dict))
        return -1;
    Py_INCREF(builtins); /* and with it what it holds */
    getters_trusted_builtins = trusted_dict;
    shown = PyDict_New();
    PyObject *code = Py_CompileString("None", "", Py_file_input);
    return_none = code ? PyObject_GetAttrString(code, "co_code") : NULL;
    Py_XDECREF(code);
    if (!shown || !return_none)
        return -1;
    PyObject *type, *attributes;
    for (Py_ssize_t at = 0; PyDict_Next(dicts, &at, &type, &attributes);)
        for (enum attribute which = 0; which < ATTRIBUTES; which++)
            if (!old[which] && replace(type, attributes, which) < 0)
                return -1;
    return old[FRAME_CODE] && old[FUNCTION_CODE] && old[FUNCTION_GLOBALS] ? 0 : -1;
}
