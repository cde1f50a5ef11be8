"""What runs inside the zygotes and their children.

    shared      in candidates and in judges
    candidate   in the program's process only; no expected value comes here
    judge       in the test's process only; no program comes here
    test_code   what runs test code: in a judge, and in guarded mode in the program's process

So judge/ is the only folder that never shares a process with a hostile program.

These files import nothing of rltf but each other and the fork server. A zygote loads them by path,
under names of its own, so that a program finds no trace of rltf among the modules that it can
import.

Whatever a candidate's zygote imports is copied at every fork. So these files do without modules
that programs seldom need. ``typing`` is only for the type checker, which takes ``TYPE_CHECKING`` to
be true.
"""
