from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rltf import Problem, TestCase, manager
from rltf.models.generation import GeneratedTokens
from rltf.models.policy import Policy, PolicyError
from rltf.sample import Sample
from rltf.spans import TokenMap

PROBLEM = Problem(
    "t",
    'def double(n):\n    """Double n."""\n',
    tests=[TestCase.call([1], 2)],
    entry_point="double",
)


@pytest.fixture(scope="module")
def tiny() -> Policy:
    policy: Policy = manager.get("policy", "tiny")
    return policy.load()


@pytest.fixture
def policy(tiny: Policy, request: pytest.FixtureRequest) -> Iterator[Policy]:
    """The policy with the prompt format that the test names."""
    tiny.prompt, before = request.param, tiny.prompt
    tiny.prompt_format = manager.get("prompt", tiny.prompt)
    yield tiny
    tiny.prompt, tiny.prompt_format = before, manager.get("prompt", before)


def write(policy: Policy, text: str, truncated: bool = False) -> tuple[Sample, TokenMap]:
    """A sample of this text, and where its program lies in its tokens."""
    ids = tuple(policy.tokenizer(text)["input_ids"])
    sample = policy.sample(PROBLEM, (), GeneratedTokens(ids, truncated), index=0, policy_step=0)
    pieces = [policy.token_table[token] for token in ids]
    return sample, TokenMap(pieces, sample.program, sample.shift)


def tokens_of(policy: Policy, sample: Sample, token_map: TokenMap, code: str) -> str:
    """The text of the tokens that the last occurrence of this code in the program has."""
    start = sample.program.rindex(code)
    first, stop = token_map.tokens(start, start + len(code))
    return b"".join(policy.token_table[token] for token in sample.token_ids[first:stop]).decode()


BODY = "    return n * 2\n"


@pytest.mark.parametrize(
    ("policy", "text", "program"),
    [
        ("plain", BODY, BODY),
        ("humaneval", BODY, PROBLEM.prompt + BODY),
        ("humaneval", f"{BODY}\nprint(1)\n", PROBLEM.prompt + BODY),
        ("evalplus", f"{BODY}</s>", PROBLEM.prompt + BODY),
        ("rltf", f"So:\n```python\ndef double(n):\n{BODY}```\nthe end", f"def double(n):\n{BODY}"),
    ],
    indirect=["policy"],
)
def test_the_tokens_of_a_program_are_found_whatever_the_format(
    policy: Policy, text: str, program: str
) -> None:
    sample, token_map = write(policy, text)
    assert sample.program == program
    assert tokens_of(policy, sample, token_map, "return n * 2").strip() == "return n * 2"
    # What the prompt brought was not sampled.
    if sample.shift > 0:
        first, stop = token_map.tokens(0, sample.shift)
        assert first == stop


@pytest.mark.parametrize("policy", ["humaneval"], indirect=True)
def test_a_completion_that_reached_a_stop_was_not_cut_off(policy: Policy) -> None:
    assert write(policy, BODY, truncated=True)[0].truncated
    assert not write(policy, f"{BODY}\nprint(", truncated=True)[0].truncated
    assert write(policy, "")[0].program == PROBLEM.prompt


def test_a_format_that_rewrites_what_was_sampled_cannot_be_trained(
    tiny: Policy, tmp_path: Path
) -> None:
    plugin = tmp_path / "shouting.py"
    plugin.write_text(
        "import rltf\nfrom rltf.prompt import PromptFormat\n"
        "SHOUTING = PromptFormat(lambda problem: 'x', lambda problem, text: text.upper())\n"
        "@rltf.hookimpl\ndef rltf_register_prompts(register):\n"
        "    register('shouting', lambda dataset=None: SHOUTING)\n"
    )
    manager.load_file(plugin)
    policy: Policy = manager.get("policy", "tiny")
    policy.prompt = "shouting"
    policy.load()
    with pytest.raises(PolicyError, match="prompt format shouting makes programs"):
        write(policy, "return")
