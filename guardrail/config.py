"""The settings of the guard: one table, one precedence, one way to say that a value is wrong.

Everything that reads the environment is here; the rest of the package is given `Settings`.
"""

from __future__ import annotations

import difflib
import math
import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from guardrail.model import MODES
from guardrail.ruleset import lowest_mode

PREFIX = "GUARDRAIL_"
SHORTEST_SECRET = 16
LONGEST_REDIS_TIMEOUT = 10.0
LONGEST_TIME_BUDGET = 60.0
REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+cluster", "rediss+cluster")
HOW_TO_MAKE_ONE = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'


class ConfigError(ValueError):
    """A setting is wrong. The text names the setting, its source, and what would be right."""


class Setting(NamedTuple):
    """One row of the table: the name in lower case, what it takes, its default, one line of help.

    ``read`` turns a given value into the setting's own type, or raises ValueError whose text
    says what the value must be. ``hidden``: the value is never shown.
    """

    name: str
    takes: str
    default: object
    help: str
    read: Callable[[object], object]
    hidden: bool = False

    @property
    def key(self) -> str:
        """The name in ``app.config`` and in the environment."""
        return PREFIX + self.name.upper()


def suggestion(word: str, choices: Collection[str]) -> str:
    """``; did you mean 'x'?`` for the nearest choice, or nothing when none is near."""
    by_lower = {choice.lower(): choice for choice in sorted(choices)}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""


def redacted(url: str) -> str:
    """The URL without its password; ``***`` alone when it can't be taken apart."""
    try:
        parts = urlsplit(url)
        _ = parts.scheme == "unix" or _names_hosts(parts)
    except ValueError:
        return "***"
    # An unescaped / ? or # in a password ends the host part early, and the rest would show.
    if not parts.scheme or "@" in parts.path + parts.query + parts.fragment:
        return "***"
    netloc = parts.netloc
    if "@" in netloc:
        login, _, host = netloc.rpartition("@")
        user, colon, _ = login.partition(":")
        netloc = f"{user}:***@{host}" if colon else f"***@{host}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(k, "***" if "pass" in k.lower() else v) for k, v in pairs], safe="*/")
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def _text(value: object) -> str:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise ValueError(f"is a {type(value).__name__}; it must be text")
    if not value.strip():
        raise ValueError("is empty; leave it out to get the default")
    return value


def _choice(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        word = _text(value)
        if word not in choices:
            raise ValueError(
                f"is {word!r}; it must be one of {', '.join(choices)}{suggestion(word, choices)}"
            )
        return word

    return read


def _bytes_count(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"is {value!r}; it must be a whole number of bytes, such as 2097152")
    return value


def _seconds(value: object) -> float:
    right = f"it must be seconds above 0 and at most {LONGEST_REDIS_TIMEOUT:g}, such as 0.05"
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ValueError(f"is {value!r}; {right}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"is {value!r}; {right}")
    if not 0 < value <= LONGEST_REDIS_TIMEOUT:
        unit = f" ({value:g} ms is {value / 1000:g})" if 10 < value < 10_000 else ""
        raise ValueError(f"is {value!r}; {right}{unit}")
    return float(value)


def _time_budget(value: object) -> float:
    right = f"it must be seconds from 0 (none) to {LONGEST_TIME_BUDGET:g}, such as 0.5"
    try:
        seconds = float(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"is {value!r}; {right}") from None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ValueError(f"is {value!r}; {right}")
    if not 0 <= seconds <= LONGEST_TIME_BUDGET:
        raise ValueError(f"is {value!r}; {right}")
    return float(seconds)


def _redis_url(value: object) -> str:
    url = _text(value).strip()
    try:
        parts = urlsplit(url)
        reachable = parts.scheme in REDIS_SCHEMES and (
            bool(parts.path) if parts.scheme == "unix" else _names_hosts(parts)
        )
    except ValueError:
        reachable = False
    if not reachable:
        raise ValueError(
            "is no Redis URL; it must look like redis://localhost:6379/0, rediss://… (TLS), "
            "unix:///path/to/redis.sock or redis+cluster://node-1:6379,node-2:6379"
        )
    return url


def _names_hosts(parts: SplitResult) -> bool:
    """Whether a URL names one host, or of a cluster one or several with commas between."""
    hosts = parts.netloc.rpartition("@")[2]
    each = hosts.split(",") if parts.scheme.endswith("+cluster") else [hosts]
    split = [urlsplit(f"//{host}") for host in each]
    return all(one.hostname and one.port != 0 for one in split)


def _secret(value: object) -> str:
    secret = _text(value)
    if not all(part.strip() for part in secret.split(",")):
        raise ValueError(
            "has an empty part; in a rotation write current,previous. "
            f"Make one with: {HOW_TO_MAKE_ONE}"
        )
    return secret


def weakness(secret: str) -> str | None:
    """What is weak about a secret, None when nothing is: a short one can be guessed."""
    shortest = min(len(part.strip()) for part in secret.split(","))
    if shortest >= SHORTEST_SECRET:
        return None
    return (
        f"GUARDRAIL_SECRET has a part of {shortest} characters; with fewer than "
        f"{SHORTEST_SECRET} pseudonyms can be guessed. Make one with: {HOW_TO_MAKE_ONE}"
    )


def _key_prefix(value: object) -> str:
    prefix = _text(value)
    if not re.fullmatch(r"[A-Za-z0-9:._/-]{1,64}", prefix):
        raise ValueError(
            f"is {prefix!r}; it must be 1 to 64 letters, digits or any of : . _ / -, "
            "such as 'guardrail:'"
        )
    return prefix


def _serve_token(value: object) -> str:
    tokens = [part.strip() for part in _text(value).split(",")]
    if not all(re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", token) for token in tokens):
        raise ValueError(
            "has a part that is no token; a token is letters, digits and any of . _ ~ + / - "
            f"(several are joined by commas). Make one with: {HOW_TO_MAKE_ONE}"
        )
    if min(map(len, tokens)) < SHORTEST_SECRET:
        raise ValueError(
            f"has a token of fewer than {SHORTEST_SECRET} characters, which can be guessed. "
            f"Make one with: {HOW_TO_MAKE_ONE}"
        )
    return ",".join(tokens)


def _catalog(value: object) -> object:
    if callable(value):
        return value
    if not isinstance(value, str | os.PathLike):
        raise ValueError(
            f"is a {type(value).__name__}; it must be a path, or a callable that takes a list of "
            "ids and gives a mapping id -> facts"
        )
    return _text(value)


_DEPENDS = "by kind: pass for recommendations, blank for ads, children and opted-out customers"

TABLE: tuple[Setting, ...] = (
    Setting("rules", "path", "rules", "Rule directory or file.", _text),
    Setting(
        "redis_url",
        "URL",
        None,
        "Redis that all workers share; without it each worker counts for itself.",
        _redis_url,
    ),
    Setting(
        "mode", "enforce|observe|off", None, "Lowers the mode for everything.", _choice(*MODES)
    ),
    Setting(
        "on_failure",
        "pass|blank",
        None,
        f"What is sent when a response can't be guarded; unset, {_DEPENDS}.",
        _choice("pass", "blank"),
    ),
    Setting(
        "catalog",
        "path",
        None,
        "Facts about items: a file, or (as an argument) a callable from ids to facts.",
        _catalog,
    ),
    Setting(
        "secret",
        "text",
        None,
        "Key of the pseudonyms that customers are counted under; needed with Redis.",
        _secret,
        hidden=True,
    ),
    Setting("console_token", "text", None, "Opens the console.", _text, hidden=True),
    Setting(
        "serve_token",
        "text",
        None,
        "Opens the HTTP service (`guardrail serve`); several are joined by commas.",
        _serve_token,
        hidden=True,
    ),
    Setting(
        "max_body_bytes",
        "bytes",
        2 * 1024 * 1024,
        "A larger response is not read; on_failure says what is sent.",
        _bytes_count,
    ),
    Setting(
        "unknown_identity",
        "session|strict|allow",
        "session",
        "How customers are treated whom the app does not name.",
        _choice("session", "strict", "allow"),
    ),
    Setting("redis_timeout", "seconds", 0.05, "Longest wait for Redis.", _seconds),
    Setting(
        "time_budget",
        "seconds",
        1.0,
        "What takes longer to judge is not judged; on_failure says what is sent. 0: no limit.",
        _time_budget,
    ),
    Setting("key_prefix", "text", "guardrail:", "How every Redis key begins.", _key_prefix),
)
_BY_NAME = {setting.name: setting for setting in TABLE}
_BY_KEY = {setting.key: setting for setting in TABLE}


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """Every setting, read and found right. Its repr shows no secret, token or password.

    ``mode`` is the lowest that was given, ``modes`` what each source said. ``origins`` says of
    every setting where its value came from: ``argument``, ``app.config``, ``environment`` or
    ``default``. ``redis_timeout`` and ``time_budget`` (0 = none) are in
    seconds.
    """

    rules: str
    redis_url: str | None
    mode: str | None
    on_failure: str | None
    catalog: str | Callable[[list[str]], Mapping[Any, Mapping[str, Any]]] | None
    secret: str | None
    console_token: str | None
    serve_token: str | None
    max_body_bytes: int
    unknown_identity: str
    redis_timeout: float
    time_budget: float
    key_prefix: str
    origins: Mapping[str, str]
    modes: Mapping[str, str]

    def shown(self) -> dict[str, object]:
        """Every setting by name as it may be shown: secrets as ``***``, URLs without password."""
        out: dict[str, object] = {}
        for setting in TABLE:
            value = getattr(self, setting.name)
            if setting.hidden and value is not None:
                value = "***"
            elif callable(value):
                value = "callable"
            elif setting.name == "redis_url" and value is not None:
                value = redacted(value)
            out[setting.name] = value
        return out

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.shown().items())})"


def resolve(
    arguments: Mapping[str, object],
    app_config: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in effect: argument, then ``app.config``, then environment, then default.

    ``arguments`` has names in lower case, the others ``GUARDRAIL_`` names; None (and empty text
    in ``app.config`` or the environment) counts as not given. ``environ`` None is the process's
    own. Every value given is checked, also one that a higher source overrides. Raises ConfigError.
    """
    for name in arguments:
        if name not in _BY_NAME:
            raise ConfigError(f"there is no setting {name!r}{suggestion(name, _BY_NAME)}")
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    modes: dict[str, str] = {}
    for setting in TABLE:
        given = _given(setting, arguments, app_config or {}, environ)
        origins[setting.name], values[setting.name] = next(
            iter(given.items()), ("default", setting.default)
        )
        if setting.name == "mode" and given:
            modes = {origin: str(mode) for origin, mode in given.items()}
            values["mode"] = lowest_mode(*modes.values())
            origins["mode"] = next(o for o, mode in modes.items() if mode == values["mode"])
    if values["redis_url"] and not values["secret"]:
        raise ConfigError(
            "With Redis, GUARDRAIL_SECRET must be set: it keys the pseudonyms that customers are "
            f"counted under, and all workers must share it. Make one with: {HOW_TO_MAKE_ONE}"
        )
    return Settings(**values, origins=MappingProxyType(origins), modes=MappingProxyType(modes))


def resolve_one(
    name: str,
    argument: object = None,
    app_config: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Any:
    """One setting alone, for a command that needs no other. Raises ConfigError."""
    setting = _BY_NAME[name]
    given = _given(setting, {name: argument}, app_config or {}, environ)
    return next(iter(given.values()), setting.default)


def unknown_names(app_config: Mapping[str, Any]) -> list[str]:
    """A warning for every ``GUARDRAIL_`` name in ``app.config`` that is no setting."""
    return [
        f"{key} in app.config is no setting and does nothing{suggestion(key, _BY_KEY)}"
        for key in app_config
        if isinstance(key, str) and key.upper().startswith(PREFIX) and key not in _BY_KEY
    ]


def evidence_folder(environ: Mapping[str, str] | None = None) -> str | None:
    """Where published ratings lie (``GUARDRAIL_EVIDENCE_DIR``), for `guardrail evidence` alone."""
    return (os.environ if environ is None else environ).get("GUARDRAIL_EVIDENCE_DIR") or None


def wants_color(environ: Mapping[str, str] | None = None) -> bool:
    """Whether coloured output is welcome: not when ``NO_COLOR`` is set to anything."""
    return not (os.environ if environ is None else environ).get("NO_COLOR")


def _given(
    setting: Setting,
    arguments: Mapping[str, object],
    app_config: Mapping[str, Any],
    environ: Mapping[str, str] | None,
) -> dict[str, object]:
    """What each source says, read and checked, in order of precedence."""
    environ = os.environ if environ is None else environ
    sources = (
        ("argument", setting.name, arguments.get(setting.name)),
        ("app.config", f"{setting.key} in app.config", app_config.get(setting.key)),
        ("environment", f"{setting.key} in the environment", environ.get(setting.key)),
    )
    given: dict[str, object] = {}
    for origin, label, value in sources:
        if value is None or (value == "" and origin != "argument"):
            continue
        try:
            given[origin] = setting.read(value)
        except ValueError as error:
            where = "the argument " if origin == "argument" else ""
            raise ConfigError(f"{where}{label} {error}") from None
    return given
