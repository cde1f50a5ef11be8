"""``rltf serve``: the sandbox behind HTTP, for programs that speak HTTP and not Python.

app          the routes, from the dialects
endpoint     one route: reads a body, lets a dialect answer, refuses what it has to
service      the sandbox pool that all routes share, and how much it accepts
sandboxfusion, submit, open_instruct, openrlhf, score    the dialects
server       the socket, the signals, the process
"""
