"""JSON texts as no encoder writes them: odd spacing, escapes, repeated keys, nested decoys."""

import json

from hypothesis import strategies as st

SPACE = st.sampled_from(["", "", "", " ", "\n", "\t ", "\r\n  "])
KEYS = st.sampled_from(
    [
        "id",
        "kind",
        "title",
        "reason",
        "categories",
        "signals",
        "signals",
        "why",
        "meta",
        "items",
        "é",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            '"signals":',
            ',"signals":[',
            "]",
            "}",
            "\\",
            'a"b',
            "health.pregnancy",
            "305",
            "\U0001f600",
            "]}],",
        ]
    ),
)


@st.composite
def strings(draw, texts=TEXTS):
    """A string literal: plain, all in ASCII escapes, or with every character escaped."""
    text = draw(texts)
    style = draw(st.integers(0, 5))
    if style == 0:
        units = text.encode("utf-16-be", "surrogatepass")
        return '"' + "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2)) + '"'
    if style == 1:
        return json.dumps(text).replace("/", "\\/")
    return json.dumps(text, ensure_ascii=False)


NUMBERS = st.sampled_from(
    ["0", "-0", "1.10", "1e2", "12345678901234567890123", "-7", "1E-7", "305"]
)
SCALARS = st.one_of(strings(), NUMBERS, st.sampled_from(["true", "false", "null"]))


@st.composite
def objects(draw, values, keys=KEYS):
    """An object of any members, keys repeated and escaped as it comes."""
    parts = []
    for _ in range(draw(st.integers(0, 5))):
        gaps = [draw(SPACE) for _ in range(4)]
        key, value = draw(strings(keys)), draw(values)
        parts.append(f"{gaps[0]}{key}{gaps[1]}:{gaps[2]}{value}{gaps[3]}")
    return "{" + (",".join(parts) or draw(SPACE)) + "}"


@st.composite
def arrays(draw, values, largest=4):
    """An array of any elements in any spacing."""
    parts = [draw(SPACE) + draw(values) + draw(SPACE) for _ in range(draw(st.integers(0, largest)))]
    return "[" + (",".join(parts) or draw(SPACE)) + "]"


VALUES = st.recursive(SCALARS, lambda inner: st.one_of(objects(inner), arrays(inner)), max_leaves=8)
ITEMS = objects(VALUES)
ELEMENTS = st.one_of(ITEMS, ITEMS, ITEMS, VALUES)


@st.composite
def bodies(draw):
    """A body with its items under ``items``, other members before and after."""
    other = strings(st.sampled_from(["next", "meta", "é", "list"]))
    before = [f"{draw(other)}:{draw(VALUES)}," for _ in range(draw(st.integers(0, 2)))]
    after = [f",{draw(other)}:{draw(VALUES)}" for _ in range(draw(st.integers(0, 2)))]
    middle = f'"items"{draw(SPACE)}:{draw(SPACE)}{draw(arrays(ELEMENTS, 5))}'
    return ("{" + "".join(before) + draw(SPACE) + middle + "".join(after) + "}").encode()
