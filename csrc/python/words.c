/* words.c - what the words of a test mean: dictionaries of modules and classes that a program must
 * not change. They are noted before the program is loaded, and compared at each check of the test.
 */
#include "guard.h"

struct word {
    PyObject *name; /* of the module or class */
    PyObject *dict;
    PyObject *copy; /* as it was before the program was loaded */
    uint64_t tag;
    int is_ours; /* it must not even be changed and changed back */
    int is_module;
};

static struct word words[4096];
static size_t words_count;
static PyObject *may_change; /* a set of names that the test itself patches */

/* A number that every change of a dictionary changes; 0 where this version of Python has none. */
static uint64_t tag_of(PyObject *dict)
{
    if (Py_Version >= 0x030c0000)
        return 0;
    return ((uint64_t *)dict)[3]; /* after the head and the number of entries */
}

/* Notes what is different now. Most is not, and a copy of what is the same would cost page copies. */
static int watch_again(struct word *word)
{
    PyObject *key, *value;
    for (Py_ssize_t at = 0; PyDict_Next(word->dict, &at, &key, &value);)
        if (PyDict_GetItemWithError(word->copy, key) != value &&
            PyDict_SetItem(word->copy, key, value) < 0)
            return -1;
    word->tag = tag_of(word->dict);
    return 0;
}

int words_watch(PyObject *name, PyObject *dict, int is_ours, int is_module)
{
    for (size_t i = 0; i < words_count; i++)
        if (words[i].dict == dict)
            return watch_again(&words[i]);
    if (words_count == sizeof words / sizeof *words)
        return 0;
    struct word *word = &words[words_count];
    *word = (struct word){.name = name,
                          .dict = dict,
                          .copy = PyDict_Copy(dict),
                          .is_ours = is_ours,
                          .is_module = is_module};
    if (!word->copy)
        return -1;
    Py_INCREF(name);
    Py_INCREF(dict);
    word->tag = tag_of(dict);
    words_count++;
    return 0;
}

void words_may_change(PyObject *names)
{
    Py_INCREF(names);
    Py_XDECREF(may_change);
    may_change = names;
}

/* Functions, types and modules are what a test calls. Anything else may change as a module works. */
static int matters(PyObject *value)
{
    return PyCallable_Check(value) || PyModule_Check(value);
}

/* So are properties, which a class has from the start. */
static int mattered(PyObject *value)
{
    return matters(value) || PyObject_TypeCheck(value, &PyProperty_Type);
}

static int note_replaced(struct word *word, PyObject *key)
{
    PyObject *path = PyUnicode_FromFormat("%U.%U", word->name, key);
    guard_note("the program has replaced ", path ? path : key, 1);
    Py_XDECREF(path);
    return -1;
}

/* Whether something new comes before what a name meant: a method before one of a base class, or a
 * function of a module before a builtin. */
static int hides(struct word *word, PyObject *key, PyObject *value)
{
    if (!PyUnicode_Check(key) || PyDict_Contains(word->copy, key) || !matters(value) ||
        (may_change && PySet_Contains(may_change, key) == 1))
        return 0;
    return !word->is_module ||
           (getters_trusted_builtins && PyDict_Contains(getters_trusted_builtins, key) == 1);
}

static int check_word(struct word *word, int in_test)
{
    PyObject *key, *value;
    int is_whole = 1;
    for (Py_ssize_t at = 0; PyDict_Next(word->copy, &at, &key, &value);) {
        if (!PyUnicode_Check(key) || PyDict_GetItem(word->dict, key) == value || !mattered(value))
            continue;
        if (may_change && PySet_Contains(may_change, key) == 1) {
            is_whole = 0;
            continue;
        }
        return note_replaced(word, key);
    }
    for (Py_ssize_t at = 0; PyDict_Next(word->dict, &at, &key, &value);)
        if (hides(word, key, value))
            return note_replaced(word, key);
    if (word->is_ours && in_test && word->tag && word->tag != tag_of(word->dict)) {
        guard_note("the program has changed the module ", word->name, 1);
        return -1;
    }
    word->tag = is_whole ? tag_of(word->dict) : 0;
    return 0;
}

int words_check(int in_test)
{
    for (size_t i = 0; i < words_count; i++)
        if ((words[i].tag == 0 || words[i].tag != tag_of(words[i].dict)) &&
            check_word(&words[i], in_test) < 0)
            return -1;
    return 0;
}
