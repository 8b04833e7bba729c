"""Jinja's environment for each language: its words are put in when a template is compiled."""

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.filters import do_urlencode, do_xmlattr
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import (  # type: ignore[attr-defined]
    Markup,
    _escape_inner,  # the part of `escape` that is in C
    escape,
)

from app.kit.text import has_han
from app.models.stances import BASES, STANCES
from app.settings import Language, resource
from app.web.assets import asset_address, write_bookmarklet
from app.web.languages import LANGUAGES, Catalogue, load_catalogue


class HasBilingualName(Protocol):
    """Anything of a bilingual vocabulary."""

    name_en: str
    name_zh: str


@cache
def make_environment(language: Language) -> Environment:
    """Templates in one language, read once; undefined names are errors, everything is escaped.

    `ui`, the macros of `macros.html`, is there in all of them.
    """
    words = load_catalogue(language)
    env = _Environment(words)
    env.filters["urlencode"] = _quoted
    env.globals.update(
        language=language,
        languages=LANGUAGES,
        name=_name_zh if language == "zh" else _name_en,
        other_name=_name_en if language == "zh" else _name_zh,
        date=words.date,
        message=words.message,
        _=words.gettext,  # of a text that only the request knows
        asset=asset_address,
        bookmarklet=write_bookmarklet,
        stance_table=STANCES,
        basis_table=BASES,
        lang=_lang_zh if language == "zh" else _lang_en,
    )
    env.globals["ui"] = env.get_template("macros.html").module
    return env


class _Context(Context):
    """Calls what a template calls: nothing here asks for the context that Jinja looks after."""

    def call(
        self,
        function: Callable[..., object],
        /,
        *args: object,
        _loop_vars: object = None,
        _block_vars: object = None,
        **kwargs: object,
    ) -> object:
        return function(*args, **kwargs)


class _CodeGenerator(CodeGenerator):
    """Writes text without wrapping each piece as safe: nobody asks a piece again."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        self.writeline(f"from {__name__} import written")
        super().visit_Template(node, frame)

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("written(")
        else:
            super()._output_child_pre(node, frame, finalize)


def written(value: object) -> str:
    """`value` as it stands in HTML, escaped unless it is HTML already."""
    if type(value) is Markup:
        return value
    if type(value) is str:
        escaped: str = _escape_inner(value)
        return escaped
    return escape(value)


class _Environment(Environment):
    code_generator_class = _CodeGenerator
    context_class = _Context
    newstyle_gettext = True  # `{% trans %}` hands on what its text names

    def __init__(self, words: Catalogue) -> None:
        super().__init__(
            loader=FileSystemLoader(resource("templates")),
            autoescape=True,
            auto_reload=False,
            cache_size=-1,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )
        self.filters["xmlattr"] = _write_attributes
        self._wording = _Wording(words)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        self._wording.generic_visit(template)
        template.set_environment(self)
        return template


@pass_eval_context
def _write_attributes(context: EvalContext, given: Mapping[str, object]) -> str:
    """Jinja's `xmlattr`, with what is true written as HTML does: by its name alone."""
    named = {key: "" if value is True else value for key, value in given.items()}
    return do_xmlattr(context, named).replace('=""', "")


class _Wording(NodeTransformer):
    """Translates a template: `_("…")`, `pgettext("context", "…")`, `ngettext("…", "…", n)` and
    `{% trans %}` become constants, and what their texts name stands between the pieces, escaped
    as anything else."""

    def __init__(self, words: Catalogue) -> None:
        self.words = words

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802 (Jinja's name)
        self.generic_visit(node)
        given = {each.key: each.value for each in node.kwargs}
        match node.node, node.args:
            case nodes.Name(name="_" | "gettext"), [nodes.Const(value=str(text))]:
                return _filled(self.words.gettext(text), given)
            case (
                nodes.Name(name="pgettext"),
                [nodes.Const(value=str(context)), nodes.Const(value=str(text))],
            ):
                return _filled(self.words.pgettext(context, text), given)
            case (
                nodes.Name(name="ngettext"),
                [nodes.Const(value=str(one)), nodes.Const(value=str(many)), count],
            ):
                given = {"num": count, **given}
                one, many = (self.words.ngettext(one, many, number) for number in (1, 2))
                if one == many:
                    return _filled(one, given)
                is_one = nodes.Compare(count, [nodes.Operand("eq", nodes.Const(1))])
                return nodes.CondExpr(is_one, _filled(one, given), _filled(many, given))
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802
        """What is joined to be written is written piece by piece."""
        self.generic_visit(node)
        node.nodes = [
            piece
            for each in node.nodes
            for piece in (each.nodes if isinstance(each, nodes.Concat) else [each])
        ]
        return node


def _filled(text: str, given: Mapping[str, nodes.Expr]) -> nodes.Expr:
    """`text` with what is `given` for each `%(name)s`; `%%` is a percent sign."""
    pieces = re.split(r"%\((\w+)\)s", text)  # words and names take turns
    filled = [
        given[piece] if at % 2 else nodes.Const(Markup(piece.replace("%%", "%")))  # noqa: S704
        for at, piece in enumerate(pieces)
        if piece
    ]
    return filled[0] if len(pieces) == 1 else nodes.Concat(filled)


_quote_text = lru_cache(maxsize=8192)(do_urlencode)  # the same names on each page; 13 µs each


def _quoted(value: str | Mapping[str, object]) -> str:
    """Jinja's `urlencode`, of a text or of the names and values of a query."""
    return _quote_text(value) if isinstance(value, str) else do_urlencode(value)


def _name_en(thing: HasBilingualName) -> str:
    return thing.name_en or thing.name_zh


def _name_zh(thing: HasBilingualName) -> str:
    return thing.name_zh or thing.name_en


_IN_ENGLISH, _IN_CHINESE, _AS_THE_PAGE = Markup(' lang="en"'), Markup(' lang="zh-Hans"'), Markup()


def _lang_en(text: str) -> Markup:
    """` lang="…"` where a text is not in the page's language, to stand right after a tag's name."""
    return _IN_CHINESE if text and has_han(text[:160]) else _AS_THE_PAGE


def _lang_zh(text: str) -> Markup:
    return _AS_THE_PAGE if not text or has_han(text[:160]) else _IN_ENGLISH
