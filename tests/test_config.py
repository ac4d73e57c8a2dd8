"""Settings: where a value may come from, which source wins, and what a wrong one is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from guardrail.config import (
    TABLE,
    ConfigError,
    Settings,
    redacted,
    resolve,
    resolve_one,
    suggestion,
    unknown_names,
    wants_color,
    weakness,
)

SECRET = "correct-horse-battery"


def defaults() -> Settings:
    return resolve({}, None, {})


def test_without_any_source_every_setting_has_its_default() -> None:
    """Nothing given: the table's defaults, and every origin says so."""
    settings = defaults()
    for row in TABLE:
        assert getattr(settings, row.name) == row.default
        assert settings.origins[row.name] == "default"
    assert settings.rules == "rules"
    assert settings.max_body_bytes == 2 * 1024 * 1024
    assert settings.redis_timeout == 0.05
    assert settings.unknown_identity == "session"
    assert settings.key_prefix == "guardrail:"
    assert settings.modes == {}


def test_argument_beats_app_config_beats_environment_beats_default() -> None:
    """One precedence for every setting, and the origin names the winner."""
    environ = {"GUARDRAIL_RULES": "env", "GUARDRAIL_KEY_PREFIX": "env:", "GUARDRAIL_SECRET": SECRET}
    app_config = {"GUARDRAIL_RULES": "app", "GUARDRAIL_KEY_PREFIX": "app:"}
    settings = resolve({"rules": "arg", "key_prefix": None}, app_config, environ)
    assert (settings.rules, settings.origins["rules"]) == ("arg", "argument")
    assert (settings.key_prefix, settings.origins["key_prefix"]) == ("app:", "app.config")
    assert (settings.secret, settings.origins["secret"]) == (SECRET, "environment")
    assert settings.origins["on_failure"] == "default"


@pytest.mark.parametrize(
    ("argument", "app", "env", "expected", "origin"),
    [
        ("enforce", "observe", "enforce", "observe", "app.config"),
        ("enforce", None, "off", "off", "environment"),
        ("off", "enforce", "enforce", "off", "argument"),
        (None, "observe", "observe", "observe", "app.config"),
        (None, None, None, None, "default"),
    ],
)
def test_the_lowest_mode_of_all_sources_is_kept(
    argument: str | None, app: str | None, env: str | None, expected: str | None, origin: str
) -> None:
    """A mode can only lower what another source says, so any of them is a kill switch."""
    settings = resolve(
        {"mode": argument},
        {"GUARDRAIL_MODE": app},
        {"GUARDRAIL_MODE": env} if env else {},
    )
    assert settings.mode == expected
    assert settings.origins["mode"] == origin
    said = {"argument": argument, "app.config": app, "environment": env}
    assert settings.modes == {source: mode for source, mode in said.items() if mode}


def test_empty_text_in_the_environment_or_app_config_counts_as_not_given() -> None:
    """Compose files and `os.environ.get(…, "")` leave empty values behind."""
    settings = resolve({}, {"GUARDRAIL_REDIS_URL": ""}, {"GUARDRAIL_RULES": ""})
    assert settings.redis_url is None
    assert settings.rules == "rules"


def test_numbers_are_read_from_text_and_paths_from_path_objects() -> None:
    """The environment has only text; arguments may be what Python has."""
    settings = resolve(
        {"rules": Path("a/b")},
        {"GUARDRAIL_MAX_BODY_BYTES": 10},
        {"GUARDRAIL_REDIS_TIMEOUT": "0.25"},
    )
    assert settings.rules == "a/b"
    assert settings.max_body_bytes == 10
    assert settings.redis_timeout == 0.25
    assert resolve({"max_body_bytes": " 77 "}, None, {}).max_body_bytes == 77
    assert resolve({"redis_timeout": 1}, None, {}).redis_timeout == 1.0
    assert resolve({"time_budget": "0"}, None, {}).time_budget == 0.0


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("mode", "enforc", "must be one of off, observe, enforce; did you mean 'enforce'?"),
        ("mode", False, "is a bool; it must be text"),
        ("on_failure", "block", "must be one of pass, blank; did you mean 'blank'?"),
        ("unknown_identity", "zzz", "must be one of session, strict, allow"),
        ("rules", "", "is empty"),
        ("rules", "   ", "is empty"),
        ("catalog", 7, "is a int; it must be a path, or a callable"),
        ("catalog", "", "is empty"),
        ("max_body_bytes", 0, "whole number of bytes"),
        ("max_body_bytes", True, "whole number of bytes"),
        ("max_body_bytes", "2 MiB", "whole number of bytes"),
        ("max_body_bytes", 1.5, "whole number of bytes"),
        ("redis_timeout", "soon", "seconds above 0"),
        ("redis_timeout", 0, "seconds above 0"),
        ("redis_timeout", True, "seconds above 0"),
        ("redis_timeout", float("nan"), "seconds above 0"),
        ("redis_timeout", 50, "50 ms is 0.05"),
        ("redis_timeout", [], "seconds above 0"),
        ("time_budget", "soon", "seconds from 0 (none) to 60"),
        ("time_budget", -1, "seconds from 0 (none) to 60"),
        ("time_budget", 61, "seconds from 0 (none) to 60"),
        ("time_budget", True, "seconds from 0 (none) to 60"),
        ("time_budget", float("nan"), "seconds from 0 (none) to 60"),
        ("time_budget", [], "seconds from 0 (none) to 60"),
        ("redis_url", "localhost:6379", "redis://localhost:6379/0"),
        ("redis_url", "redis://", "redis://localhost:6379/0"),
        ("redis_url", "redis://host:port", "redis://localhost:6379/0"),
        ("redis_url", "unix://", "redis://localhost:6379/0"),
        ("key_prefix", "{tag}:", "letters, digits"),
        ("console_token", 7, "is a int; it must be text"),
    ],
)
def test_a_wrong_value_is_told_what_would_be_right(name: str, value: object, says: str) -> None:
    """The error names the setting, its source and the right form."""
    with pytest.raises(ConfigError) as argument:
        resolve({name: value}, None, {})
    assert says in str(argument.value)
    assert str(argument.value).startswith(f"the argument {name} ")
    if value != "":
        key = f"GUARDRAIL_{name.upper()}"
        with pytest.raises(ConfigError, match=f"^{key} in app.config "):
            resolve({}, {key: value}, {})
        if isinstance(value, str):
            with pytest.raises(ConfigError, match=f"^{key} in the environment "):
                resolve({}, None, {key: value})


def test_a_value_is_checked_even_where_a_higher_source_overrides_it() -> None:
    """A mistake is told when it is made, not on the day the override goes."""
    with pytest.raises(ConfigError, match="GUARDRAIL_MAX_BODY_BYTES in the environment"):
        resolve({"max_body_bytes": 5}, None, {"GUARDRAIL_MAX_BODY_BYTES": "five"})


def test_redis_without_a_secret_is_refused_with_the_way_to_make_one() -> None:
    """Pseudonyms in a shared store need a key that all workers share."""
    with pytest.raises(ConfigError, match="With Redis, GUARDRAIL_SECRET must be set") as raised:
        resolve({"redis_url": "redis://h"}, None, {})
    assert "secrets.token_urlsafe" in str(raised.value)
    for url in ("redis://h", "rediss://h:6380/1", "unix:///run/redis.sock"):
        assert resolve({"redis_url": url, "secret": SECRET}, None, {}).redis_url == url


def test_a_short_secret_is_called_weak_and_not_shown() -> None:
    """15 characters are few, 16 enough; the text never repeats the secret."""
    weak = weakness("abcdefghijklmnop,abcdefghijklmno")
    assert weak is not None
    assert "16" in weak
    assert "abcdef" not in weak
    assert weakness("abcdefghijklmnop") is None


def test_a_secret_with_an_empty_part_is_refused() -> None:
    """A rotation names both."""
    with pytest.raises(ConfigError, match="empty part"):
        resolve({"secret": "new,"}, None, {})


def test_repr_hides_secret_token_and_redis_password() -> None:
    """Settings may be logged."""
    settings = resolve(
        {
            "redis_url": "redis://user:hunter2@h:6379/0?password=hunter3&db=1",
            "secret": SECRET,
            "console_token": "open-sesame",
        },
        None,
        {},
    )
    text = repr(settings) + str(settings) + repr(settings.shown())
    for hidden in ("hunter2", "hunter3", SECRET, "open-sesame"):
        assert hidden not in text
    assert "redis://user:***@h:6379/0" in text
    assert "console_token=None" in repr(defaults())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://h:1/0", "redis://h:1/0"),
        ("redis://token@h", "redis://***@h"),
        ("redis://:p@h", "redis://:***@h"),
        ("redis://:pa/ss@h", "***"),
        ("redis://:p@h:port", "***"),
        ("hunter2", "***"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    """What can't be taken apart for certain is not shown at all."""
    assert redacted(url) == shown


def test_settings_cannot_be_changed() -> None:
    """One value for the life of a guard."""
    with pytest.raises(AttributeError):
        defaults().rules = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        defaults().origins["rules"] = "x"  # type: ignore[index]


def test_an_argument_that_is_no_setting_is_refused_with_the_nearest_name() -> None:
    """A typo in a keyword must not silently do nothing."""
    with pytest.raises(ConfigError, match="no setting 'redis_ulr'; did you mean 'redis_url'"):
        resolve({"redis_ulr": "redis://h"}, None, {})


def test_unknown_guardrail_names_in_app_config_give_a_warning_each() -> None:
    """Known names, other names and keys that are no text are left alone."""
    config = {"GUARDRAIL_REDISURL": 1, "guardrail_mode": 1, "GUARDRAIL_MODE": "off", "DEBUG": 1}
    assert unknown_names(config) == [
        "GUARDRAIL_REDISURL in app.config is no setting and does nothing; "
        "did you mean 'GUARDRAIL_REDIS_URL'?",
        "guardrail_mode in app.config is no setting and does nothing; "
        "did you mean 'GUARDRAIL_MODE'?",
    ]


def test_the_process_environment_is_read_when_none_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one place of the package that does."""
    monkeypatch.setenv("GUARDRAIL_RULES", "from-process")
    monkeypatch.setenv("NO_COLOR", "1")
    assert resolve({}).rules == "from-process"
    assert resolve_one("rules") == "from-process"
    assert not wants_color()


def test_one_setting_alone_needs_no_other_to_be_right() -> None:
    """`check` must work in a shell whose Redis has no secret."""
    environ = {"GUARDRAIL_REDIS_URL": "redis://h", "GUARDRAIL_RULES": "here"}
    assert resolve_one("rules", None, None, environ) == "here"
    assert resolve_one("rules", "arg", None, environ) == "arg"
    assert resolve_one("max_body_bytes", None, None, {}) == 2 * 1024 * 1024


def test_no_color_set_to_nothing_does_not_count() -> None:
    """As no-color.org says: present and not empty."""
    assert wants_color({})
    assert wants_color({"NO_COLOR": ""})
    assert not wants_color({"NO_COLOR": "0"})


def test_a_suggestion_is_made_only_when_one_is_near() -> None:
    """A far-fetched guess is worse than none."""
    assert suggestion("observ", ["observe", "off"]) == "; did you mean 'observe'?"
    assert suggestion("xyzzy", ["observe", "off"]) == ""


def test_only_config_reads_the_environment() -> None:
    """Settings that come in elsewhere would have another precedence."""
    package = Path(__file__).parent.parent / "guardrail"
    readers = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "os.environ" in path.read_text(encoding="utf-8")
    ]
    assert readers == ["config.py"]


def test_every_setting_is_in_the_reference_page() -> None:
    """Name, default and help of the table stand in docs/reference/settings.md."""
    page = (Path(__file__).parent.parent / "docs/reference/settings.md").read_text()
    for row in TABLE:
        line = next(line for line in page.splitlines() if line.startswith(f"| `{row.key}`"))
        assert row.help.rstrip(".") in line
        assert f"`{row.default}`" in line or row.default is None


def test_importing_config_pulls_in_no_web_framework() -> None:
    """Settings are read before anything else is there."""
    code = "import sys, guardrail.config; print('flask' in sys.modules, 'redis' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.split() == ["False", "False"]


def test_a_catalogue_may_be_a_callable_and_is_shown_as_one() -> None:
    """A path stays a path; the text of a callable says nothing to anybody."""
    settings = resolve({"catalog": lambda ids: {}}, None, {})
    assert callable(settings.catalog)
    assert settings.shown()["catalog"] == "callable"
    assert resolve({}, {"GUARDRAIL_CATALOG": "items.csv"}, {}).catalog == "items.csv"
