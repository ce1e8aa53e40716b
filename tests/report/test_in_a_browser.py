"""The page in a real browser: shown without a complaint, it asks for nothing and runs nothing but its own script."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ucoder.cli import run

Visit = Callable[..., Any]
Page = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture(params=["judged", "learned", "compared", "evaluated"])
def any_page(request: pytest.FixtureRequest, page: Page, tmp_path: Path) -> Path:
    if request.param == "compared":
        return page("--compare", *(request.getfixturevalue(name) for name in ("judged", "learned")))
    if request.param == "evaluated":
        samples = [{"base_status": "pass", "plus_status": "fail"}, {"base_status": "pass", "plus_status": "pass"}]
        results = {"eval": {"<b>X/0</b>": samples}, "pass_at_k": {"base": {"pass@1": 1.0}}}
        (tmp_path / "eval_results.json").write_text(json.dumps(results))
        return page(tmp_path)
    return page(request.getfixturevalue(request.param))


def requests(driver: Any) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    sent = [one["params"] for one in messages if one["method"] == "Network.requestWillBeSent"]
    return [one["request"]["url"] for one in sent if not one["request"]["url"].startswith("data:")]


def width_of(driver: Any) -> int:
    return int(driver.execute_script("return document.documentElement.scrollWidth"))


def shown(driver: Any) -> list[str]:
    cases = driver.find_elements("css selector", ".case")
    return [case.find_element("css selector", ".title").text for case in cases if case.is_displayed()]


def choose(driver: Any, name: str, text: str) -> None:
    from selenium.webdriver.support.select import Select

    Select(driver.find_element("id", name)).select_by_visible_text(text)


def test_it_opens_from_disk_without_a_complaint_and_asks_for_nothing(visit: Visit, any_page: Path) -> None:
    driver = visit(any_page)
    assert driver.find_element("css selector", "h1").text
    assert driver.get_log("browser") == []
    assert requests(driver) == [any_page.as_uri()]


def test_a_narrow_screen_is_never_scrolled_sideways(visit: Visit, any_page: Path) -> None:
    driver = visit(any_page, width=390)
    for opened in (False, True):
        driver.execute_script("for (const one of document.querySelectorAll('details')) one.open = arguments[0]", opened)
        assert width_of(driver) == 390


def test_it_is_dark_where_the_reader_is_and_light_where_not(visit: Visit, any_page: Path) -> None:
    def brightness(*, dark: bool) -> tuple[int, int]:
        driver = visit(any_page, dark=dark)
        colours = [driver.find_element("css selector", "body").value_of_css_property(name)
                   for name in ("background-color", "color")]  # fmt: skip
        paper, ink = (sum(map(int, one[one.index("(") + 1 : -1].split(",")[:3])) // 3 for one in colours)
        return paper, ink

    paper, ink = brightness(dark=False)
    assert paper - ink > 150
    paper, ink = brightness(dark=True)
    assert ink - paper > 150


def test_every_link_of_the_contents_leads_to_its_section(visit: Visit, any_page: Path) -> None:
    driver = visit(any_page)
    links = driver.find_elements("css selector", "nav a")
    titles = {link.text: link.get_attribute("href").partition("#")[2] for link in links}
    assert len(titles) == len(links) > 0
    for text, target in titles.items():
        heading = driver.find_element("css selector", f"#{target} h2")
        assert heading.text == text
        driver.find_element("css selector", f'nav a[href="#{target}"]').click()
        assert driver.current_url.endswith(f"#{target}")


def test_texts_of_a_model_are_shown_and_never_run(visit: Visit, page: Page, judged: Path) -> None:
    driver = visit(page(judged))
    assert driver.execute_script("return window.hit") is None
    assert driver.find_elements("css selector", "img, main script") == []
    titles = [title for title in shown(driver) if "onerror" in title]
    assert titles == [
        'task </script><img src=x onerror="window.hit = 1"><script>window.hit = 1</script> {{ 7 * 7 }} &amp; \''
    ]
    assert "window.hit = 1" in driver.find_element("css selector", "#problems .statement").get_attribute("textContent")


def test_a_script_that_got_into_the_page_would_not_run(visit: Visit, page: Page, judged: Path) -> None:
    file = page(judged)
    file.write_text(file.read_text().replace("<main", "<script>window.hit = 1</script><main", 1))
    driver = visit(file)
    assert driver.execute_script("return window.hit") is None


def test_the_filters_show_what_fits_and_count_it(visit: Visit, page: Page, judged: Path) -> None:
    driver = visit(page(judged))
    assert len(shown(driver)) == 3
    driver.find_element("id", "case-search").send_keys("SPLIT")
    assert shown(driver) == ["split"]
    assert driver.find_element("id", "case-count").text == "1 shown"
    driver.find_element("id", "case-search").send_keys(" no such word")
    assert shown(driver) == []
    driver.find_element("id", "case-search").clear()
    for name in ("right", "wrong", "nothing"):
        choose(driver, "case-status", name)
        badges = [one.text for one in driver.find_elements("css selector", ".case > summary .badge") if one.text]
        assert badges == [name]


def test_a_link_to_a_problem_opens_it(visit: Visit, page: Page, judged: Path) -> None:
    driver = visit(page(judged), fragment="#case-2")
    assert [bool(one.get_attribute("open")) for one in driver.find_elements("css selector", ".case")] == [
        False,
        True,
        False,
    ]


def test_every_drawing_says_in_words_what_it_shows(visit: Visit, page: Page, learned: Path) -> None:
    drawings = visit(page(learned)).find_elements("css selector", "svg.drawing")
    assert drawings
    for drawing in drawings:
        assert drawing.get_attribute("role") == "img"
        assert any(sign.isdigit() for sign in drawing.get_attribute("aria-label"))


def test_no_text_of_a_drawing_lies_outside_of_it(visit: Visit, page: Page, learned: Path) -> None:
    driver = visit(page(learned))
    outside = driver.execute_script("""
        return [...document.querySelectorAll("svg.drawing")].flatMap((drawing) => {
            const frame = drawing.getBoundingClientRect();
            return [...drawing.querySelectorAll("text")].filter((text) => {
                const own = text.getBoundingClientRect();
                return own.left < frame.left - 1 || own.right > frame.right + 12 || own.bottom > frame.bottom + 1;
            }).map((text) => text.textContent);
        });""")
    assert outside == []


def test_a_page_of_the_sample_has_a_size_for_a_mail(page: Page, judged: Path, tmp_path: Path) -> None:
    assert run(["report", str(judged), "--cases", "1", "--out", str(tmp_path / "one.html")]) == 0
    assert (tmp_path / "one.html").read_text().count('class="case"') == 1
    assert page(judged).stat().st_size < 5_000_000
