"""What a program may use to share a process with others: the lists behind `interpreter/tameness.cpp`.

Lists of what is allowed, never of what is forbidden. Bytecode is checked against them by name before it runs, so each
name has to be harmless whatever object it is applied to: it changes nothing that outlives the program, makes no code
or class, and leads to no object that could. `csrc/README.md` has the argument. `tables` leaves out what this
interpreter does not have, and every module in which an allowed name would reach something that is not listed for it.

Left out, too, is what is pure and not safe: C code that goes on using an object which a function of the program, called
from there, has just made it drop. Such a program owns its process in a few lines of Python.
"""

import ast
import builtins
import importlib.util
import opcode
import string
import sys
from types import ModuleType

# Kinds of instruction, as tameness.cpp knows them. 0 is refused.
(
    PLAIN, GLOBAL, NAME, BINDING, ATTRIBUTE, ATTRIBUTE_OR_METHOD, IMPORT, IMPORT_FROM, EXTENDED, INTRINSIC, HANDLER,
) = range(1, 12)  # fmt: skip

# Left out: classes (LOAD_BUILD_CLASS), setting attributes, `import *`, `with`, async, MATCH_CLASS (it reads attributes
# whose names are constants), exception groups, type parameters.
_PLAIN = """
    CACHE NOP RESUME PRECALL CALL CALL_KW CALL_FUNCTION_EX KW_NAMES PUSH_NULL POP_TOP COPY SWAP
    LOAD_CONST LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_AND_CLEAR LOAD_FAST_LOAD_FAST STORE_FAST STORE_FAST_STORE_FAST
    STORE_FAST_LOAD_FAST STORE_FAST_MAYBE_NULL DELETE_FAST LOAD_CLOSURE LOAD_DEREF STORE_DEREF DELETE_DEREF MAKE_CELL
    COPY_FREE_VARS MAKE_FUNCTION SET_FUNCTION_ATTRIBUTE RETURN_VALUE RETURN_CONST LOAD_ASSERTION_ERROR SETUP_ANNOTATIONS
    UNARY_POSITIVE UNARY_NEGATIVE UNARY_NOT UNARY_INVERT TO_BOOL BINARY_OP BINARY_SUBSCR BINARY_SLICE STORE_SUBSCR
    STORE_SLICE DELETE_SUBSCR COMPARE_OP IS_OP CONTAINS_OP
    BUILD_TUPLE BUILD_LIST BUILD_SET BUILD_MAP BUILD_CONST_KEY_MAP BUILD_STRING BUILD_SLICE LIST_APPEND LIST_EXTEND
    LIST_TO_TUPLE SET_ADD SET_UPDATE MAP_ADD DICT_UPDATE DICT_MERGE UNPACK_SEQUENCE UNPACK_EX
    FORMAT_VALUE FORMAT_SIMPLE FORMAT_WITH_SPEC CONVERT_VALUE
    GET_ITER FOR_ITER END_FOR POP_ITER JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT JUMP_IF_FALSE_OR_POP
    JUMP_IF_TRUE_OR_POP POP_JUMP_IF_FALSE POP_JUMP_IF_TRUE POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE
    POP_JUMP_FORWARD_IF_FALSE POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE
    POP_JUMP_BACKWARD_IF_FALSE POP_JUMP_BACKWARD_IF_TRUE POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE
    RETURN_GENERATOR YIELD_VALUE GET_YIELD_FROM_ITER SEND END_SEND CLEANUP_THROW
    RAISE_VARARGS RERAISE POP_EXCEPT CHECK_EXC_MATCH GET_LEN MATCH_MAPPING MATCH_SEQUENCE MATCH_KEYS
""".split()
_SPECIAL = {
    "LOAD_GLOBAL": GLOBAL,
    "LOAD_NAME": NAME,
    **dict.fromkeys(("STORE_NAME", "DELETE_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"), BINDING),
    "LOAD_METHOD": ATTRIBUTE,
    # From 3.12 an attribute's number is shifted: the lowest bit tells a method.
    "LOAD_ATTR": ATTRIBUTE if sys.version_info < (3, 12) else ATTRIBUTE_OR_METHOD,
    "IMPORT_NAME": IMPORT,
    "IMPORT_FROM": IMPORT_FROM,
    "EXTENDED_ARG": EXTENDED,
    "CALL_INTRINSIC_1": INTRINSIC,
    "PUSH_EXC_INFO": HANDLER,
}
_INTRINSICS = ("INTRINSIC_STOPITERATION_ERROR", "INTRINSIC_UNARY_POSITIVE", "INTRINSIC_LIST_TO_TUPLE")

# Not `hash` and `id`: of most objects they give an address. `type` and `iter` are allowed where `refine` says so.
_BUILTINS = """
    abs all any ascii bin bool bytes callable chr complex dict divmod enumerate filter float format frozenset
    hex int isinstance issubclass iter len list map max min next object oct ord pow print range repr reversed round set
    slice sorted str sum tuple type zip True False None Ellipsis NotImplemented __debug__
""".split()
_OWN_NAMES = "__name__ __doc__ __file__ __annotations__ __all__".split()

_METHODS = """
    capitalize casefold center count encode endswith expandtabs find index isalnum isalpha isascii isdecimal isdigit
    isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans partition
    removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip
    swapcase title translate upper zfill format
    decode fromhex hex
    append clear copy extend insert pop remove reverse sort
    fromkeys get items keys popitem setdefault update values
    add difference difference_update discard intersection intersection_update isdisjoint issubset issuperset
    symmetric_difference symmetric_difference_update union
    as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes
    start stop step args
    appendleft extendleft popleft rotate elements most_common subtract total move_to_end
    group groups groupdict end span pattern findall finditer fullmatch match search sub subn
    digest hexdigest limit_denominator quantize normalize
    days seconds total_seconds year month day hour minute second weekday isoweekday
""".split()

# Not listed, because it is pure and not safe: C code that goes on using what may have been freed by then.
#   bytearray                             may be resized by the factory of the defaultdict that it is formatted with
#   cmp_to_key                            a comparison that runs a function of the program, anywhere in C; so does that
#   typing.Mapping typing.MutableMapping  of the views they make of a defaultdict
#   chain cycle islice pairwise           drop an iterator that is used up, also while it is running;
#   zip_longest                           so does `iter(function, sentinel)`
#   json.dumps                            its `default` may empty the dictionary that is being written
MODULES = {
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "collections": "Counter OrderedDict defaultdict deque",
    "copy": "copy deepcopy replace",
    "datetime": "date datetime time timedelta",
    "decimal": "Decimal ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP",
    "fractions": "Fraction",
    "functools": "cache lru_cache partial reduce",
    "hashlib": "md5 sha1 sha224 sha256 sha384 sha512",
    "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
    "itertools": """accumulate combinations combinations_with_replacement compress count dropwhile filterfalse groupby
        permutations product repeat starmap takewhile tee""",
    "json": "loads",
    "math": """acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp
        exp2 expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm
        ldexp lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt tan
        tanh tau trunc ulp""",
    "operator": """abs add and_ concat contains countOf delitem eq floordiv ge getitem gt index indexOf inv invert
        is_ is_not itemgetter le lshift lt matmul mod mul ne neg not_ or_ pos pow rshift setitem sub truediv truth
        xor""",
    # Its state is seeded before each program, and before each call of one that draws from it.
    "random": "choice choices gauss randint random randrange sample seed shuffle uniform",
    "re": """compile escape findall finditer fullmatch match search split sub subn
        A ASCII DOTALL I IGNORECASE M MULTILINE S VERBOSE X""",
    "statistics": """fmean geometric_mean harmonic_mean mean median median_grouped median_high median_low mode
        multimode pstdev pvariance stdev variance""",
    "string": """ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits printable punctuation
        whitespace capwords""",
    "sys": "maxsize float_info version_info",
    "time": "perf_counter sleep time",
    # Its caches, and those of `re`, are emptied after a program that used them. Not `Type`: called, it would be `type`.
    "typing": """Any Callable Collection Container Counter DefaultDict Deque Dict Final FrozenSet Generator
        Hashable Iterable Iterator List Literal MutableSequence MutableSet NoReturn Optional
        OrderedDict Sequence Set Sized Text Tuple Union cast""",
}
_EXCEPTIONS = frozenset(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
)

Tables = tuple[
    bytes, tuple[str, ...], frozenset[int], frozenset[str], frozenset[str], frozenset[str], dict[str, frozenset[str]]
]


def tables() -> Tables:
    """Kinds by opcode, names by opcode, allowed intrinsics, refused builtins, dunder names, attributes, and modules.

    A global name that is no builtin can only be the program's own; so the refused builtins are all that is not allowed.
    """
    names = {module: frozenset(listed.split()) for module, listed in MODULES.items()}
    attributes = frozenset(_METHODS).union(*names.values())
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    reachable = {id(getattr(module, one, None)) for name, module in loaded.items() for one in names[name]}
    reachable.update(map(id, loaded.values()))
    modules = {name: names[name] for name, module in loaded.items() if _is_closed(module, attributes, reachable)}
    refused = frozenset(vars(builtins)).difference(_BUILTINS, _EXCEPTIONS, _OWN_NAMES)
    return _kinds(), tuple(opcode.opname), _intrinsics(), refused, frozenset(_OWN_NAMES), attributes, modules


def _kinds() -> bytes:
    kinds = {**dict.fromkeys(_PLAIN, PLAIN), **_SPECIAL}
    return bytes(kinds.get(opcode.opname[code], 0) for code in range(256))


def _intrinsics() -> frozenset[int]:
    descriptions = getattr(opcode, "_intrinsic_1_descs", [])
    return frozenset(place for place, name in enumerate(descriptions) if name in _INTRINSICS)


def _is_closed(module: ModuleType, attributes: frozenset[str], reachable: set[int]) -> bool:
    """Whether every allowed name leads to something that is listed, here or in another module, or to a constant."""
    found = (getattr(module, name) for name in attributes.intersection(dir(module)))
    return all(id(one) in reachable or isinstance(one, int | float | str) for one in found)


def refine(source: str, modules: dict[str, frozenset[str]]) -> str:
    """For a program that names `type`, `iter` or `format`, or imports what is not listed: why it is refused, or "".

    `type` may be asked for an object's class, to compare it at once: called with three arguments, or passed on to be
    so called, it makes classes. `iter` takes one argument: with two it is not safe. A format string reads
    attributes: it must be a literal, and name none.

    A module that is not listed may be imported where nothing can come of it: it is loaded already and its name is never
    used, or it cannot be found, so that importing it raises. `modules` are the listed ones.
    """
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    if why_not := _refused_import(nodes, modules):
        return why_not
    compared = {
        id(side.func)
        for node in nodes
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Call) and _asks(side, "type")
    }
    iterated = {id(node.func) for node in nodes if isinstance(node, ast.Call) and _asks(node, "iter")}
    for node in nodes:
        match node:
            case ast.Name(id="type") if id(node) not in compared:
                return "type beyond a comparison"
            case ast.Name(id="iter") if id(node) not in iterated:
                return "iter beyond a container"
            case ast.Attribute(attr="format", value=ast.Constant(value=str(template))) if _is_plain(template):
                continue
            case ast.Attribute(attr="format"):
                return "format string"
    return ""


def _refused_import(nodes: list[ast.AST], modules: dict[str, frozenset[str]]) -> str:
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    for node in nodes:
        match node:
            case ast.Import(names=names):
                refused = [one.name for one in names if one.name not in modules and not _is_idle_import(one, used)]
            case ast.ImportFrom(module=str(name), level=0):
                refused = [] if name in modules or _is_missing(name) else [name]
            case ast.ImportFrom(module=name):
                refused = [name or ""]
            case _:
                continue
        if refused:
            return f"import {refused[0]}"
    return ""


def _is_idle_import(alias: ast.alias, used: set[str]) -> bool:
    """Whether it raises, or binds a name that no expression reads to a module that is there already."""
    is_loaded = "." not in alias.name and sys.modules.get(alias.name) is not None
    return (is_loaded and (alias.asname or alias.name) not in used) or _is_missing(alias.name)


def _is_missing(name: str) -> bool:
    """Whether no finder knows the outermost package. Its files cannot change: nothing here can be written."""
    root = name.partition(".")[0]
    if root in sys.modules:
        return False
    try:
        return importlib.util.find_spec(root) is None
    except (ImportError, ValueError):
        return False


def _asks(call: ast.Call, builtin: str) -> bool:
    """Whether it calls the builtin with one argument."""
    match call:
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name == builtin:
            return not isinstance(argument, ast.Starred)
    return False


def _is_plain(template: str) -> bool:
    """Its fields are numbers or names, without an attribute or an index, in their formats, too."""
    try:
        fields = [(field, spec) for _, field, spec, _ in string.Formatter().parse(template) if field is not None]
    except ValueError:
        return False
    return all((not field or field.isalnum()) and _is_plain(spec or "") for field, spec in fields)
