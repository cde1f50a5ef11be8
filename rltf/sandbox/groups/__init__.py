"""Worker groups: workers in processes of their own, so that many share no interpreter lock.

A client sends whole programs with their tests to a group, and gets verdicts back. A group is a
process of this machine (``group_process``) or an actor elsewhere (executor ``ray``).
"""
