"""The built-in plugins: kind and name to the module that registers it.

A module is imported when somebody asks for one of its names, so that a command imports only the
plugins it uses. Each module registers its names through the same hooks as any other plugin.
"""

BUILT_IN: dict[str, dict[str, str]] = {
    "dataset": {
        "mini": "rltf.plugins.datasets.mini",
        "mini-hard": "rltf.plugins.datasets.mini",
        "file": "rltf.plugins.datasets.file",
        "apps": "rltf.plugins.datasets.apps",
        "mbpp": "rltf.plugins.datasets.mbpp",
        "mbppplus": "rltf.plugins.datasets.mbppplus",
        "humaneval": "rltf.plugins.datasets.humaneval",
        "humanevalplus": "rltf.plugins.datasets.humanevalplus",
        "livecodebench": "rltf.plugins.datasets.livecodebench",
        "bigcodebench": "rltf.plugins.datasets.bigcodebench",
        "classeval": "rltf.plugins.datasets.classeval",
        "cruxeval": "rltf.plugins.datasets.cruxeval",
        "exercism": "rltf.plugins.datasets.exercism",
        "kattis": "rltf.plugins.datasets.kattis",
        "quixbugs": "rltf.plugins.datasets.quixbugs",
    },
    "classifier": {
        "rltf": "rltf.plugins.classifiers.rltf",
        "rltf-official": "rltf.plugins.classifiers.rltf_official",
    },
    "reward": {
        "coarse": "rltf.plugins.rewards.rltf",
        "fine": "rltf.plugins.rewards.rltf",
        "adaptive": "rltf.plugins.rewards.rltf",
        "critic": "rltf.plugins.rewards.critic",
        "static": "rltf.plugins.rewards.static",
        "style": "rltf.plugins.rewards.style",
        "ppocoder": "rltf.plugins.rewards.ppocoder",
        "length": "rltf.plugins.rewards.length",
        "efficiency": "rltf.plugins.rewards.efficiency",
    },
    "policy": {
        "tiny": "rltf.plugins.policies.tiny",
        "tiny-t5": "rltf.plugins.policies.tiny",
        "codet5": "rltf.plugins.policies.hub",
        "codegen350m": "rltf.plugins.policies.hub",
        "codegen2.7b": "rltf.plugins.policies.hub",
        "codegen6b": "rltf.plugins.policies.hub",
        "hf": "rltf.plugins.policies.hub",
        "openai": "rltf.plugins.policies.openai",
    },
    "objective": {
        "rltf": "rltf.plugins.objectives.rltf",
        "coderl": "rltf.plugins.objectives.coderl",
        "ppo": "rltf.plugins.objectives.ppo",
        "grpo": "rltf.plugins.objectives.grpo",
        "rloo": "rltf.plugins.objectives.rloo",
    },
    "executor": {
        "sandbox": "rltf.plugins.executors.sandbox",
        "ray": "rltf.plugins.executors.ray",
    },
    "prompt": {
        "apps": "rltf.plugins.prompts.apps",
        "codet5-apps": "rltf.plugins.prompts.apps",
        "plain": "rltf.plugins.prompts.plain",
        "task": "rltf.plugins.prompts.task",
        "chat": "rltf.plugins.prompts.task",
        "chat-prefill": "rltf.plugins.prompts.task",
        "rltf": "rltf.plugins.prompts.rltf",
        "incoder": "rltf.plugins.prompts.incoder",
        "google-3shot": "rltf.plugins.prompts.google_3shot",
        "humaneval": "rltf.plugins.prompts.humaneval",
        "bigcode": "rltf.plugins.prompts.humaneval",
        "evalplus": "rltf.plugins.prompts.evalplus",
        "evalplus-chat": "rltf.plugins.prompts.evalplus",
        "inspect_ai": "rltf.plugins.prompts.chat_harnesses",
        "livecodebench": "rltf.plugins.prompts.chat_harnesses",
        "simple-evals": "rltf.plugins.prompts.chat_harnesses",
    },
    "rule": {
        "apps": "rltf.plugins.rules.apps",
        "livecodebench": "rltf.plugins.rules.livecodebench",
        "strict": "rltf.plugins.rules.strict",
    },
}
