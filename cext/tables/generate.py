"""Writes the C header and the Cython declarations that the tables imply, into cext/generated (ignored by git)."""

from __future__ import annotations

from pathlib import Path

from cext.tables import load
from cext.tables.models import models

OUT = Path(__file__).parents[1] / "generated"
NOTE = "generated from cext/tables by cext/tables/generate.py: change the tables, not this file"


def _frame_h() -> str:
    rows = load.signals()
    fields = "\n".join(f"    double {s.cname}; /* {s.unit or '-'}: {s.description} */" for s in rows)
    ins = "\n".join(f"    IN_{s.cname[3:]} = {i}," for i, s in enumerate(load.inputs()))
    outs = "\n".join(f"    OUT_{s.cname[4:]} = {i}," for i, s in enumerate(load.outputs()))
    first_in = rows.index(load.inputs()[0])
    first_out = rows.index(load.outputs()[0])
    first_cmd = next(i for i, s in enumerate(rows) if s.path.startswith("cmd."))
    plant = [i for i, s in enumerate(rows) if s.path.startswith("plant.")]
    return f"""/* {NOTE} */
#ifndef MOCKLOOP_FRAME_H
#define MOCKLOOP_FRAME_H
#define FRAME_FIELDS "{" ".join(s.path for s in rows)}"
enum {{
    INPUT_COUNT = {len(load.inputs())}, OUTPUT_COUNT = {len(load.outputs())}, SIGNAL_COUNT = {len(rows)},
    FIRST_INPUT = {first_in}, FIRST_OUTPUT = {first_out}, FIRST_CMD = {first_cmd},
    FIRST_PLANT = {plant[0]}, PLANT_COUNT = {len(plant)}
}};
enum {{
{ins}
}};
enum {{
{outs}
}};
/* One tick: every signal as a double, then what the rig says of each input. */
typedef struct Frame {{
{fields}
    double age_s[INPUT_COUNT];           /* age of each input when read */
    unsigned char quality[INPUT_COUNT];  /* QUALITY_GOOD 0, else a reason */
}} Frame;
#endif
"""


def _settings_h() -> str:
    rows = load.settings().values()
    fields = "\n".join(f"    double {s.cname}; /* {s.unit or s.kind}: {s.description} */" for s in rows)
    choices = "\n".join(
        f"    {s.cname.upper()}_{word.upper().replace('-', '_').replace(':', '_').replace('.', '_')} = {i},"
        for s in rows
        if s.kind == "choice"
        for i, word in enumerate(s.choices)
    )
    return f"""/* {NOTE} */
#ifndef MOCKLOOP_SETTINGS_H
#define MOCKLOOP_SETTINGS_H
enum {{ SETTING_COUNT = {len(rows)} }};
#define SETTING_FIELDS "{" ".join(s.path for s in rows)}"
enum {{
{choices}
}};
typedef struct Settings {{
{fields}
}} Settings;
#endif
"""


def _mask(names: tuple[str, ...], order: list[str]) -> str:
    return hex(sum(1 << order.index(name) for name in names)) + "u"


def _states_h() -> str:
    conditions = load.conditions()
    order = [c.name for c in conditions]
    states = "\n".join(f"    STATE_{s} = {i}," for i, s in enumerate(load.STATES))
    bits = "\n".join(f"    COND_{c.name} = {i},  /* {c.description} */" for i, c in enumerate(conditions))
    rules = "\n".join(f"    {{{c.harm}, {c.heal}, {['live', 'reset', 'never'].index(c.clears)}}}," for c in conditions)
    rows = "\n".join(
        f"    {{{hex(sum(1 << load.STATES.index(s) for s in t.source))}u, STATE_{t.target}, "
        f"{_mask(t.all, order)}, {_mask(t.any, order)}, {_mask(t.none, order)}}},"
        for t in load.transitions()
    )
    trips = _mask(tuple(c.name for c in conditions if c.trip), order)
    gas = "\n".join(f"    {name} = {code}," for code, name in enumerate(_gas_names()))
    deflates = sum(1 << alarm.code for alarm in load.balloon_alarms() if alarm.deflates)
    return f"""/* {NOTE} */
#ifndef MOCKLOOP_STATES_H
#define MOCKLOOP_STATES_H
enum {{ STATE_COUNT = {len(load.STATES)}, CONDITION_COUNT = {len(conditions)}, ROW_COUNT = {len(load.transitions())} }};
enum {{
{states}
}};
enum {{
{bits}
}};
enum {{
{gas}
}};
static const unsigned int GAS_DEFLATES = {hex(deflates)}u; /* bit per code: the balloon is held deflated */
enum {{ CLEARS_LIVE = 0, CLEARS_RESET = 1, CLEARS_NEVER = 2 }};
static const unsigned int TRIP_MASK = {trips};
typedef struct ConditionRule {{ int harm; int heal; int clears; }} ConditionRule;
static const ConditionRule CONDITION_RULES[CONDITION_COUNT] = {{
{rules}
}};
typedef struct TransitionRow {{
    unsigned int from_states; int to_state; unsigned int all_of; unsigned int any_of; unsigned int none_of;
}} TransitionRow;
static const TransitionRow TRANSITIONS[ROW_COUNT] = {{
{rows}
}};
#endif
"""


def _gas_names() -> list[str]:
    """C names of the codes of iabp.gas_fault, from 0."""
    codes = [alarm.name for alarm in load.balloon_alarms() if alarm.code]
    return [f"GAS_{name.upper().replace('-', '_')}" for name in ("good", *codes)]


def _enum_pxd(names: list[str]) -> str:
    return "    enum:\n" + "\n".join(f"        {n}" for n in names)


def _frame_pxd() -> str:
    rows = load.signals()
    names = [
        "INPUT_COUNT",
        "OUTPUT_COUNT",
        "SIGNAL_COUNT",
        "FIRST_INPUT",
        "FIRST_OUTPUT",
        "FIRST_CMD",
        "FIRST_PLANT",
        "PLANT_COUNT",
    ]
    names += [f"IN_{s.cname[3:]}" for s in load.inputs()] + [f"OUT_{s.cname[4:]}" for s in load.outputs()]
    fields = "\n".join(f"        double {s.cname}" for s in rows)
    return f"""# {NOTE}
cdef extern from "frame.h" nogil:
    const char* FRAME_FIELDS
{_enum_pxd(names)}
    ctypedef struct Frame:
{fields}
        double age_s[INPUT_COUNT]
        unsigned char quality[INPUT_COUNT]
"""


def _settings_pxd() -> str:
    rows = load.settings().values()
    names = ["SETTING_COUNT"]
    names += [
        f"{s.cname.upper()}_{w.upper().replace('-', '_').replace(':', '_').replace('.', '_')}"
        for s in rows
        if s.kind == "choice"
        for w in s.choices
    ]
    fields = "\n".join(f"        double {s.cname}" for s in rows)
    return f"""# {NOTE}
cdef extern from "settings.h" nogil:
{_enum_pxd(names)}
    const char* SETTING_FIELDS
    ctypedef struct Settings:
{fields}
"""


def _states_pxd() -> str:
    names = ["STATE_COUNT", "CONDITION_COUNT", "ROW_COUNT", "CLEARS_LIVE", "CLEARS_RESET", "CLEARS_NEVER"]
    names += [f"STATE_{s}" for s in load.STATES] + [f"COND_{c.name}" for c in load.conditions()] + _gas_names()
    return f"""# {NOTE}
cdef extern from "states.h" nogil:
{_enum_pxd(names)}
    const unsigned int TRIP_MASK
    const unsigned int GAS_DEFLATES
    ctypedef struct ConditionRule:
        int harm
        int heal
        int clears
    const ConditionRule CONDITION_RULES[CONDITION_COUNT]
    ctypedef struct TransitionRow:
        unsigned int from_states
        int to_state
        unsigned int all_of
        unsigned int any_of
        unsigned int none_of
    const TransitionRow TRANSITIONS[ROW_COUNT]
"""


def _model_numbers() -> dict[str, float]:
    return {f"{m.name}_{name}".replace("-", "_"): value for m in models().values() for name, value in m.numbers.items()}


def _models_h() -> str:
    rows = "\n".join(f"static const double {name} = {value!r};" for name, value in _model_numbers().items())
    return f"/* {NOTE} */\n#ifndef MOCKLOOP_MODELS_H\n#define MOCKLOOP_MODELS_H\n{rows}\n#endif\n"


def _models_pxd() -> str:
    rows = "\n".join(f"    const double {name}" for name in _model_numbers())
    return f'# {NOTE}\ncdef extern from "models.h" nogil:\n{rows}\n'


def generate() -> list[Path]:
    """Writes the generated files, touching only those whose text changed. Returns their paths."""
    texts = {
        "frame.h": _frame_h(),
        "settings.h": _settings_h(),
        "states.h": _states_h(),
        "frame.pxd": _frame_pxd(),
        "settings.pxd": _settings_pxd(),
        "states.pxd": _states_pxd(),
        "models.h": _models_h(),
        "models.pxd": _models_pxd(),
        "__init__.pxd": f"# {NOTE}\n",
        "__init__.py": f'"""Made at build time: {NOTE}."""\n',
    }
    OUT.mkdir(exist_ok=True)
    for name, text in texts.items():
        path = OUT / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    return [OUT / name for name in texts]


if __name__ == "__main__":
    for written in generate():
        print(written)
