"""Better tests for problems that have few: new inputs, answered by the reference programs.

    Problem ─► own inputs ─► mutants, and inputs that a policy writes ─► those within the domain
                                                                               │
        tests on which all references agree ◄── run twice in the sandbox ◄── outputs
                     │
                     └─► tests that kill programs which the problem's own tests accept ─► Problem

Nothing here understands the problem statement: what the references answer is taken as correct.
"""
