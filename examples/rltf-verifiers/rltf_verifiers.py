"""A verifiers environment: any dataset of rltf, ``uv run eval rltf-verifiers``."""

from rltf.adapters.verifiers_env import CodeTaskset

__all__ = ["CodeTaskset"]
