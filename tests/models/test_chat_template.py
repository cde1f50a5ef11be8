"""Chat models: their template is applied, their answers' fenced code is judged, their turn ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from rltf import manager
from rltf.dataset import LoadedDataset
from rltf.models.generation import GeneratedTokens, generate
from rltf.models.loaded_model import load_model
from rltf.models.policy import Policy, PolicyError, load_policy
from rltf.plugins.policies.tiny import codegen, train_tokenizer
from rltf.problem import Problem, TestCase
from rltf.sampling_options import Sampling

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
PROBLEM = Problem("a", "Add one.", tests=[TestCase.assertion("assert inc(1) == 2")])
CODE = Problem("b", 'def inc(x):\n    """Add one."""\n', entry_point="inc")


def checkpoint(folder: Path, template: str | None) -> str:
    """Save a random checkpoint in the hub's format, and return its policy's name."""
    torch.manual_seed(0)
    tokenizer = train_tokenizer(iter(["Write Python code: add one. def inc(x): return x"]))
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    codegen(len(tokenizer), tokenizer.eos_token_id).save_pretrained(folder)
    return f"hf:{folder}"


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    policy: Policy = manager.get("policy", checkpoint(tmp_path_factory.mktemp("chat"), TEMPLATE))
    return load_policy(policy, 0)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    policy: Policy = manager.get("policy", checkpoint(tmp_path_factory.mktemp("base"), None))
    return load_policy(policy, 0)


def dataset(**options: Any) -> LoadedDataset:
    return LoadedDataset("d", "", ("train",), (PROBLEM,), **options)


def test_a_chat_template_chooses_the_prompt_chat(chat: Policy) -> None:
    prompt = chat.use_prompt(None, dataset(prompt="rltf"))
    assert chat.prompt == "chat"
    assert chat.render(prompt(PROBLEM)) == f"<user>{prompt(PROBLEM)}</s><assistant>"
    assert chat.text(chat.encode_prompt(PROBLEM, 800)) == chat.render(prompt(PROBLEM))


def test_the_system_text_comes_first(chat: Policy) -> None:
    chat.use_prompt(None, dataset(), system="Be brief.")
    assert chat.render("Hi") == "<system>Be brief.</s><user>Hi</s><assistant>"


@pytest.mark.parametrize(("own", "name"), [("rltf", "rltf"), ("task", "task")])
def test_without_a_template_the_dataset_chooses(base: Policy, own: str, name: str) -> None:
    prompt = base.use_prompt(None, dataset(prompt=own))
    assert base.prompt == name
    assert base.render(prompt(PROBLEM)) == prompt(PROBLEM)
    assert "inc" in prompt(PROBLEM)


def test_the_template_can_be_switched_off_and_forced(chat: Policy) -> None:
    chat.use_prompt(None, dataset(), chat_template=False)
    assert chat.prompt == "task"
    assert chat.render("Hi") == "Hi"
    chat.use_prompt("plain", dataset(), chat_template=True)
    assert chat.render("Hi") == "<user>Hi</s><assistant>"
    chat.use_prompt("plain", dataset())
    assert chat.render("Hi") == "Hi"


@pytest.mark.parametrize("options", [{"chat_template": True}, {"system": "Be brief."}])
def test_a_template_that_is_not_there_is_refused(base: Policy, options: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match="chat template"):
        base.use_prompt(None, dataset(), **options)


def test_a_served_model_takes_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    model = load_model("openai:some-model", 0, None)
    assert model.use_prompt(None, dataset(), None, "")[0] == "evalplus-chat"
    with pytest.raises(PolicyError, match="its server applies the chat template"):
        model.use_prompt(None, dataset(), True, "")


def test_token_rewards_find_the_fenced_block_of_an_answer(chat: Policy) -> None:
    chat.use_prompt(None, dataset())
    answer = "Sure!\n```python\ndef inc(x):\n    return x + 1\n```\nDone."
    ids = tuple(chat.tokenizer(answer)["input_ids"])
    sample = chat.sample(PROBLEM, (1,), GeneratedTokens(ids, False), index=0, policy_step=0)
    assert sample.program == "def inc(x):\n    return x + 1\n"
    assert sample.text[-sample.shift :].startswith("def inc")


def test_a_prefilled_answer_is_code_up_to_the_end_of_its_block(chat: Policy) -> None:
    prompt = chat.use_prompt("chat-prefill", dataset())
    asked = f"<user>{prompt(PROBLEM)}</s><assistant>"
    assert chat.render(prompt(PROBLEM)) == f"{asked}```python\n"
    assert chat.answer("x = 1\n") == "x = 1\n```"
    answer = "def inc(x):\n    return x + 1\n```\nThis adds one."
    ids = tuple(chat.tokenizer(answer)["input_ids"])
    sample = chat.sample(PROBLEM, (1,), GeneratedTokens(ids, True), index=0, policy_step=0)
    assert sample.program == "def inc(x):\n    return x + 1"
    assert not sample.truncated
    assert sample.shift == 0


def test_solved_tasks_are_turns_of_a_chat_template_and_otherwise_text(
    chat: Policy, base: Policy
) -> None:
    form = chat.use_prompt("mbpp-instruct", dataset())
    asked = form(PROBLEM)
    read = chat.render(asked)
    assert read.count("<user>") == read.count("<assistant>") == 4
    question, answer = form.examples[0]
    assert read.startswith(f"<user>{question}</s><assistant>{answer}</s><user>")
    assert read.endswith(f"<user>{asked}</s><assistant>\n```python\n")
    base.use_prompt("mbpp-instruct", dataset())
    assert base.render(asked).startswith(f"{question}{answer}\n\nYou are")
    assert base.render(asked).endswith(f"\n\n{asked}\n```python\n")


def test_an_answer_begins_with_the_code_of_its_prompt(chat: Policy) -> None:
    form = chat.use_prompt("humaneval-instruct", dataset())
    begun = f"Here is the completed function:\n```python\n{CODE.prompt}\n"
    assert chat.render(form(CODE)) == f"<user>{form(CODE)}</s><assistant>{begun}"
    ids = tuple(chat.tokenizer("    return x + 1\n```\nDone.")["input_ids"])
    sample = chat.sample(CODE, (1,), GeneratedTokens(ids, True), index=0, policy_step=0)
    assert sample.program == CODE.prompt + "    return x + 1\n"


def test_an_answer_is_not_begun_where_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    served = load_model("openai:some-model", 0, None)
    with pytest.raises(PolicyError, match="begins the answer, which its server does not allow"):
        served.use_prompt("chat-prefill", dataset(), None, "")
    encoder_decoder: Policy = load_policy(manager.get("policy", "tiny-t5"), 0)
    with pytest.raises(PolicyError, match="an encoder-decoder model cannot go on"):
        encoder_decoder.use_prompt("chat-prefill", dataset())


@pytest.mark.parametrize("prompt", ["rltf", "chat-prefill"])
def test_a_model_saved_after_training_keeps_its_prompt(
    chat: Policy, tmp_path: Path, prompt: str
) -> None:
    chat.use_prompt(prompt, dataset())
    chat.save(tmp_path)
    again: Policy = manager.get("policy", f"hf:{tmp_path}")
    load_policy(again, 0)
    assert again.prompt == prompt


def test_every_end_token_of_a_chat_model_ends_its_answer(chat: Policy) -> None:
    config = chat.model.generation_config
    before = config.eos_token_id
    try:
        config.eos_token_id = [chat.end_id, 7]
        assert chat.end_ids == (chat.end_id, 7)
        with_both = _ids(chat, [(5, 6)] * 40)
    finally:
        config.eos_token_id = before
    assert any(ids[-1] == 7 for ids in with_both)
    assert all(7 not in ids[:-1] for ids in with_both)


def _ids(policy: Policy, prompts: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Sample from a model that writes id 7 about as often as any of 30 others."""
    head = policy.model.lm_head
    bias = head.bias.data.clone()
    try:
        head.bias.data[:] = -100.0
        head.bias.data[:30] = 0.0
        sampling = Sampling(temperature=5.0, max_new_tokens=60)
        batches = generate(
            policy.model, prompts, sampling, end_id=policy.end_ids, seed=0, batch_size=64
        )
        return [completion.ids for batch in batches for _, completion in batch]
    finally:
        head.bias.data[:] = bias


def test_task_and_its_chat_forms_show_the_names_that_tests_use() -> None:
    for name in ("task", "chat", "chat-prefill"):
        prompt = manager.get("prompt", name)
        hidden = Problem("t", "Add.", tests=[TestCase.call([1], 2)], entry_point="inc")
        assert "inc" in prompt(hidden)
        assert "def inc(x):" in prompt(CODE)
        assert "standard input" in prompt(Problem("t", "Add.", tests=[TestCase.stdin("1", "2")]))


def test_chat_hides_what_the_dataset_hides() -> None:
    tests = [TestCase.call([1], 2, visible=True), TestCase.call([20], 21)]
    text = manager.get("prompt", "chat")(Problem("t", "Add.", tests=tests, entry_point="inc"))
    assert "inc(1) == 2" in text
    assert "21" not in text


@pytest.mark.parametrize(
    ("completion", "program"),
    [
        ("    return x + 1\n", CODE.prompt + "    return x + 1\n"),
        ("def inc(x):\n    return x + 1\n", "def inc(x):\n    return x + 1\n"),
        ("```python\ndef inc(x): return 2\n```", "def inc(x): return 2\n"),
    ],
)
def test_task_continues_code_unless_the_answer_is_whole(completion: str, program: str) -> None:
    assert manager.get("prompt", "task").program(CODE, completion) == program


def test_reference_programs_are_written_as_the_prompt_asks(chat: Policy, base: Policy) -> None:
    chat.use_prompt(None, dataset())
    base.use_prompt(None, dataset())
    assert chat.answer("x = 1\n") == "```python\nx = 1\n```"
    assert base.answer("x = 1\n") == "x = 1\n"
    chat.use_prompt("task", dataset())
    assert chat.answer("x = 1\n") == "x = 1\n"
