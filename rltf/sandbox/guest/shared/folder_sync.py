def install(role, path, size, count):
    pass
