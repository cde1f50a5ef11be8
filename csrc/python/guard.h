/* guard.h - what the source files of the guard offer each other.
 *
 * THEORY OF OPERATION
 *
 * In guarded mode test code runs in the program's process. The guard keeps apart in it what must be
 * apart: what Python objects of the test and of our own code show (getters.c), what the program may
 * ask of the interpreter (audit.c), what the test's words mean (words.c), and what decides the
 * verdict (guard.c). All of its state is in C, where no Python code can read or change it without
 * reaching into memory.
 *
 * Everything here is called with the GIL held, and only in a child of guarded mode.
 */
#ifndef RLTF_GUARD_H
#define RLTF_GUARD_H

#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/*** owners.c ***/

/* Whose code a code object is, told by the name of its file. */
enum owner {
    OWNER_PROGRAM, /* or what the program has made with exec() */
    OWNER_INSTALLED, /* the standard library, or a package */
    OWNER_HIDDEN,    /* the test, our own code, and the frameworks that only the test uses */
};
enum owner owner_of_code(PyObject *code);
enum owner owner_of_file(PyObject *name);
/* Tuples of the starts of file names. The first hidden one is of our own code. */
int names_owner_of(PyObject *hidden, PyObject *installed);

/* Whether code of the program, or of what it has made, runs in this thread. */
int stack_holds_program(void);

/* Whether our own code asks, perhaps by way of the standard library. */
int guard_called_by_us(void);

/* The same for all code that is hidden from the program. */
int guard_called_by_hidden(void);

/* Whether types.coroutine() asks, which marks a function as a coroutine in its code object. */
int guard_called_by_coroutine(void);
/* Whether the code that asks has this code among its constants: a `def` in it. */
int guard_called_by_maker(PyObject *made);

/*** guard.c ***/

/* Set while our own code does what a program may not. */
extern _Thread_local int guard_trusts;

/* Notes that the program was refused something, or has tampered with something. The first reason
 * is kept. `is_final`: no test of this process may pass any more. */
void guard_note(const char *what, PyObject *name, int is_final);

/*** words.c ***/

/* Notes a dictionary as it is. `is_ours`: it may not even be changed and changed back; `is_module`:
 * it may get new functions, unless their names are those of builtins. */
int words_watch(PyObject *name, PyObject *dict, int is_ours, int is_module);
void words_may_change(PyObject *names); /* a set of names that the test itself patches */

/* Returns -1, and leaves a final note, if one has changed. */
int words_check(int in_test);

/*** getters.c ***/

extern PyObject *getters_trusted_builtins; /* the dictionary */

/* `dicts`: by type, the dictionary of its attributes; `builtins`: (module and dictionary of the
 * trusted code, module and dictionary of the program). */
int getters_replace(PyObject *dicts, PyObject *builtins);
extern PyObject *getters_hidden_globals; /* of the test's functions; borrowed */

/*** proxies.c ***/

int proxies_close(PyObject *attributes); /* the dictionary of the attributes of mappingproxy */

/*** audit.c ***/

int audit_start(PyObject *trees); /* where compiled modules may be read from */
int audit_close_types(PyObject *types);  /* nobody can make or call instances of them any more */
int audit_freeze_types(PyObject *types); /* nobody can set their attributes any more */

#endif
