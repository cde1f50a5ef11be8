"""Better tests for problems that have few: new inputs, answered by the reference programs.

    Problem ── its own inputs ──► mutated, and asked of a policy ──► those of the problem's kind (domain)
                                                                          ▼
                  tests on which all references agree ◄── run in the sandbox, twice ── outputs
                                                                          ▼
             those that kill programs which the problem's own tests let pass (selection) ──► Problem

Nothing here knows what a problem asks for: what its references answer is taken for right.
"""
