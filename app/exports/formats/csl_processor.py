"""citeproc-py, asked for one reference at a time, mended where it errs and made quick.

Most of what a style says is about other kinds of works than the one at hand, and citeproc-py walks
through all of it for every reference. What of a style can say something at all follows from a
work's *shape*, its type and which variables it has: that is found out once for each shape and
remembered. So are the answers to what it asks of a style's elements again and again.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from threading import Lock
from typing import Any, NamedTuple, TypeAlias

from app.exports.formats.csl_json import CslItem

OPEN, CLOSE = "\x01", "\x02"  # around italics, in what `Processor.set` returns
WHOLE = "\x0e"  # before a name that is no person's: it has no parts that a style sets otherwise
_Method: TypeAlias = Callable[..., Any]
_Element: TypeAlias = Any  # of citeproc-py's tree: an lxml element of a class of its own
_UNKNOWN = object()


class Processor:
    """One style in one language. It keeps what it is setting: one thread at a time may use it."""

    def __init__(self, path: str, locale: str) -> None:
        from citeproc import CitationStylesStyle

        _mend()
        self._style = CitationStylesStyle(path, locale=locale, validate=False)
        # Styles of Chinese guides have a layout for each language (CSL-M's `locale`).
        bibliography = self._style.root.bibliography
        layouts = bibliography.findall("cs:layout", bibliography.nsmap)
        for each in layouts:
            if len(layouts) > 1 and locale[:2] not in (each.get("locale") or locale):
                bibliography.remove(each)
        self._shapes: dict[tuple[str, frozenset[str]], _Shape] = {}
        self._lock = Lock()

    def set(self, given: CslItem) -> str:
        """The reference as the style sets it; whatever the processor raises is raised."""
        from citeproc import Citation, CitationItem, CitationStylesBibliography
        from citeproc.source.json import CiteProcJSON

        with self._lock:
            source = CiteProcJSON([given])
            bibliography = CitationStylesBibliography(self._style, source, None)
            item = CitationItem(given["id"])
            bibliography.register(Citation([item]))
            key = item.reference.type, frozenset(item.reference)
            item.__dict__["shape"] = self._shapes.setdefault(key, _Shape(*key))
            return "".join(map(str, bibliography.bibliography()))


class _Child(NamedTuple):
    element: _Element
    calls: bool  # whether what it stands for asks for a variable


class _Shape:
    """What of a style may say something of works of this type that have these variables."""

    def __init__(self, kind: str, has: frozenset[str]) -> None:
        self.kind, self.has = kind, has
        self._children: dict[_Element, list[_Child]] = {}
        self._branches: dict[_Element, list[tuple[_Element, bool]]] = {}

    def children(self, of: _Element) -> list[_Child]:
        """The children of an element, less those that say nothing. What only hands on its one
        child (a macro, the branch that is taken) is passed over."""
        if of not in self._children:
            self._children[of] = [
                _Child(one, each.calls_variable()) for each in of for one in self._plain(each)
            ]
        return self._children[of]

    def _plain(self, element: _Element) -> list[_Element]:
        from citeproc import model

        if not self._speaks(element):
            return []
        if isinstance(element, model.Choose) and self.branches(element)[0][1]:
            (branch, _), *_ = self.branches(element)
            return [each.element for each in self.children(branch)]
        macro = isinstance(element, model.Text) and element.keys() == ["macro"]
        if macro or (isinstance(element, model.Group) and element.keys() in ([], ["delimiter"])):
            of = element.get_macro(element.get("macro")) if macro else element
            inner = self.children(of)
            if len(inner) == 1 and not isinstance(inner[0].element, model.Choose):
                return [inner[0].element]
        return [element]

    def branches(self, choose: _Element) -> list[tuple[_Element, bool]]:
        """The branches of a `choose` that may be taken, and of each whether it is."""
        if choose not in self._branches:
            found: list[tuple[_Element, bool]] = []
            for each in choose:
                if (met := self._meets(each)) is not False:
                    found.append((each, bool(met)))
                if met:
                    break
            self._branches[choose] = found
        return self._branches[choose]

    def _speaks(self, element: _Element) -> bool:
        from citeproc import model

        name = element.get("variable", "")
        if isinstance(element, model.Choose):
            return any(self.children(each) for each, _ in self.branches(element))
        if isinstance(element, model.Group):
            said = self.children(element)
            calls = any(each.calls_variable() for each in element)
            return any(each.calls for each in said) if calls else bool(said)
        if isinstance(element, model.Names):
            rest = element.substitute()
            return any(map(self._has, name.split())) or (
                rest is not None and bool(self.children(rest))
            )
        if isinstance(element, model.Text) and (macro := element.get("macro")):
            return bool(self.children(element.get_macro(macro)))
        if isinstance(element, model.Text | model.Number | model.Date) and name:
            short = element.get("form") == "short" and self._has(f"{name}-short")
            return name == "citation-number" or short or self._has(name)
        return True

    def _has(self, variable: str) -> bool:
        return variable.removesuffix("-first").replace("-", "_") in self.has

    def _meets(self, branch: _Element) -> bool | None:
        """Whether a branch is taken; None where its variables' values say so."""
        said = branch.attrib
        tests: list[bool | None] = [
            each.lower() == self.kind for each in said.get("type", "").split()
        ]
        tests += [self._has(each) for each in said.get("variable", "").split()]
        for test in ("is-numeric", "is-uncertain-date"):
            tests += [None if self._has(each) else False for each in said.get(test, "").split()]
        # No reference of a list is cited at a place in a text, nor ambiguous.
        tests += [False for each in ("locator", "position", "disambiguate") if each in said]
        match = said.get("match", "all")
        decisive = match != "all"  # the answer to one test that answers for all
        if decisive in tests:
            return bool(match == "any")
        return None if None in tests else match != "any" or not tests


@cache
def _mend() -> None:
    from citeproc import CitationItem, model
    from citeproc.source import CustomDict, Reference, VariableError
    from citeproc.source.json import CiteProcJSON
    from citeproc.string import SEAM_PUNCTUATION, String

    meets = {" ", *SEAM_PUNCTUATION}  # what is not said twice where two texts meet

    def joined(left: str, right: str) -> String:
        twice = left[-1:] == right[:1] and left[-1:] in meets
        return String(f"{left}{right[1:] if twice else right}")

    def join(texts: list[Any], delimiter: str = "") -> String:
        made = String(texts[0])
        for each in texts[1:]:
            made = joined(joined(made, delimiter), str(each))
        return made

    def join_delimited(self: _Element, texts: Iterable[Any], default: str = "") -> String:
        kept = [each for each in texts if each is not None]
        return join(kept, self.get("delimiter", default)) if kept else String("")

    def parse_string(_: Any, text: str) -> Any:
        nocase = CiteProcJSON.start_tag in text.lower()
        return parse_marked(_, text) if nocase else String(text)

    def render_all(
        self: _Element, item: Any, delimiter: str, more: dict[str, Any]
    ) -> tuple[list[Any], bool]:
        output, called = [], False
        for child, calls in item.shape.children(self):
            also = {"delimiter": delimiter} if isinstance(child, model.Choose) else {}
            try:
                text = child.render(item, **also, **more)
            except VariableError:
                continue
            if text is not None:
                output.append(text)
                called = called or calls
        return output, called

    def render_children(
        self: _Element, item: Any, delimiter: str = "", **more: Any
    ) -> object | None:
        if isinstance(self, model.Layout):
            more["context"] = self
        output, _ = render_all(self, item, delimiter, more)
        return join(output, delimiter) if output else None

    def render_group(self: _Element, item: Any, **more: Any) -> object:
        output, called = render_all(self, item, self.get("delimiter", ""), more)
        if output and (called or not self.calls_any()):
            return self.join(output)
        raise VariableError

    def wrap(self: _Element, text: Any) -> Any:
        if text is not None and (prefix := self.get("prefix")):
            text = joined(prefix, str(text))
        if text is not None and (suffix := self.get("suffix")):
            text = joined(text, suffix)
        return text

    def render_choose(self: _Element, item: Any, **more: Any) -> Any:
        for branch, taken in item.shape.branches(self):
            try:
                return (branch.render_children if taken else branch.render)(item, **more)
            except model.ConditionFailed:
                continue
        return None

    def format_text(self: _Element, text: Any) -> Any:
        text = str(text) if isinstance(text, int | float) else text
        return f"{OPEN}{text}{CLOSE}" if self.get("font-style", "normal") != "normal" else text

    def format_part(self: _Element, given: str, family: str) -> tuple[str, str]:
        whole = (family or "").startswith(WHOLE)
        return (given, family) if whole else set_part(self, given, family)

    def name_parts(self: _Element) -> list[_Element]:
        return list(find_all(self, "cs:name-part", self.nsmap))

    # Commas between thousands make no list of numbers: U.S. Patent No. 9,231,345.
    model.Label.RE_MULTIPLE_NUMBERS = re.compile(r"\d+(?!,\d{3}\b)[^\d.]+\d+")
    set_part = model.Name_Part.format_part
    find_all, parse_marked = model.Name.findall, CiteProcJSON.parse_string
    # Texts are plain ones, whose seams are looked at once; what a variable may be is not checked.
    String.__add__ = joined
    String.__radd__ = lambda text, left: joined(str(left), text)
    CiteProcJSON.parse_string = parse_string
    CustomDict.__init__ = lambda self, given, *_, **__: self.update(given)
    Reference.__init__ = lambda self, key, type, **said: self.update(said, key=key, type=type)
    model.Delimited.join = join_delimited
    parts = _remembered(name_parts)
    model.Name.findall = lambda self, *_: parts(self)
    model.Name_Part.format_part = format_part
    model.Parent.render_children = render_children
    model.Group.calls_any = _remembered(lambda self: any(each.calls_variable() for each in self))
    model.Group.process = render_group
    model.Affixed.wrap = wrap
    model.Choose.render = render_choose
    model.Formatted.format = format_text
    model.Names.process = _said_once(model.Names.process)
    element = model.CitationStylesElement
    element.__getattr__ = _remembered(element.__getattr__, but=None)  # names get a child once
    element.preformat = lambda _, text: str(text)
    found = cached_property(lambda item: item.bibliography.source[item.key])
    found.__set_name__(CitationItem, "reference")
    CitationItem.reference = found
    once = ("xpath_search", "get_layout", "get_single_term", "get_plural_term", "get_locale_option")
    for asked in once:
        setattr(element, asked, _remembered(getattr(element, asked)))
    model.Name.get_option = _remembered(model.Name.get_option)
    model.Name.et_al = _remembered(model.Name.et_al)
    model.Names.substitute = _remembered(model.Names.substitute)
    model.Names.get_parent_delimiter = _remembered(model.Names.get_parent_delimiter)
    model.Date.is_locale_date = _remembered(model.Date.is_locale_date)
    element.get_date = _remembered(element.get_date)
    classes: list[Any] = [each for each in vars(model).values() if isinstance(each, type)]
    for each in classes:
        if "calls_variable" in vars(each):
            each.calls_variable = _remembered(each.calls_variable)


def _said_once(process: _Method) -> _Method:
    """Editors that stand in the author's place are not said again."""

    def processed(
        self: _Element, item: Any, names_context: Any = None, context: Any = None, **more: Any
    ) -> object:
        repressed = context.get_layout().repressed.get(self.tag, ()) if context is not None else ()
        if not repressed:
            return process(self, item, names_context=names_context, context=context, **more)
        said = {role for names in repressed for role in str(names).split()}
        again = said & {"editor", "translator"} & item.reference.keys()
        kept = {role: item.reference.pop(role) for role in again}
        try:
            return process(self, item, names_context=names_context, context=context, **more)
        finally:
            item.reference.update(kept)

    return processed


def _remembered(asked: _Method, but: object = _UNKNOWN) -> _Method:
    """`asked`, once for each element and its words; the answer `but` is not kept."""
    answers: dict[object, object] = {}

    def answered(*asked_of: Any, **named: Any) -> object:
        key = (*asked_of, *named.values())
        answer = answers.get(key, _UNKNOWN)
        if answer is _UNKNOWN:
            answer = asked(*asked_of, **named)
            if answer is not but:
                answers[key] = answer
        return answer

    return answered
