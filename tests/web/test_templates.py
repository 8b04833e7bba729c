"""Templates: translated when they are compiled, their macros made once for each language."""

import pytest
from jinja2 import nodes

from app.settings import Language
from app.web.templates import make_environment


def test_no_macro_depends_on_the_page_that_imports_it() -> None:
    env = make_environment("en")
    loader = env.loader
    assert loader
    for name in env.list_templates():
        parsed = env.parse(loader.get_source(env, name)[0])
        assert not any(each.with_context for each in parsed.find_all(nodes.Import)), name


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [("en", 1, "1 paper"), ("en", 2, "2 papers"), ("zh", 1, "1 篇论文"), ("zh", 2, "2 篇论文")],
)
def test_a_count_is_said_in_its_form(language: Language, count: int, said: str) -> None:
    template = make_environment(language).from_string(
        '{{ ngettext("%(num)s paper", "%(num)s papers", n) }}'
    )
    assert template.render(n=count) == said


@pytest.mark.parametrize(("language", "said"), [("en", "changed"), ("zh", "修改于")])
def test_a_text_in_a_context_is_translated_when_it_is_compiled(
    language: Language, said: str
) -> None:
    env = make_environment(language)
    source = '{{ pgettext("on a date", "changed") }}'
    assert env.from_string(source).render() == said
    assert not list(env.parse(source).find_all(nodes.Call))


def test_what_a_text_names_is_escaped_and_the_text_is_not() -> None:
    env = make_environment("en")
    asked = '_("%(percent)s %% & %(name)s", percent=50, name=name_)'
    for template in (f"{{{{ {asked} }}}}", f"{{% set said = {asked} %}}{{{{ said }}}}"):
        assert env.from_string(template).render(name_="<b>") == "50 % & &lt;b&gt;"
    trans = env.from_string("{% trans who=name_ %}by {{ who }}: 100%{% endtrans %}")
    assert trans.render(name_="<b>") == "by &lt;b&gt;: 100%"
