"""How long properties are looked for: the same in every run, and not for long.

`pytest --hypothesis-profile=thorough tests/properties` looks longer, elsewhere each time, and
shortens what it finds, for which Hypothesis may take minutes.
"""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "suite",
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "thorough",
    max_examples=2_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
if settings.get_current_profile_name() != "thorough":
    settings.load_profile("suite")
