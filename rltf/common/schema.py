"""The version of the file formats, which every file that rltf writes holds as ``schema``."""

SCHEMA = 1
