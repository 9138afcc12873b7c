"""Real people in a real browser: Debian's Chromium, headless, on this machine only."""

import os

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.factories import MasterVersionFactory, PersonFactory, SourceLotFactory
from tests.factories.people import PASSWORD, system
from tests.journeys.browser import CHROMIUM, QUIET, SIZES

# Playwright's loop runs in the test's thread; Django would refuse the database there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# A browser shows how pages look and behave; one whole way goes over either database.
ON_BOTH_ENGINES = {"test_whole_way.py"}
VIOLATIONS = """
axe.run({resultTypes: ["violations"]}).then(({violations}) =>
  violations.flatMap(({id, nodes}) => nodes.map(({html}) => [id, html.slice(0, 120)])))
"""


def pytest_collection_modifyitems(items):
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)
            if item.path.name not in ON_BOTH_ENGINES:
                item.add_marker(pytest.mark.one_engine)
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM), "args": list(QUIET)}


@pytest.fixture
def staff(transactional_db):
    """The people of a small laboratory, by user name."""
    roles = {
        "operator1": "operator",
        "operator2": "operator",
        "reviewer1": "reviewer",
        "qa1": "qa",
        "auditor1": "auditor",
        "admin1": "administrator",
    }
    system()
    return {
        name: PersonFactory(username=name, printed_name=name.title(), role=role)
        for name, role in roles.items()
    }


@pytest.fixture
def laboratory(staff):
    """A laboratory that has an effective master and a source lot: (version, source lot)."""
    return MasterVersionFactory(), SourceLotFactory()


@pytest.fixture
def site(live_server, browser):
    """Opens the product as a person: `site("operator1")` gives a signed-in page of that person's own."""
    contexts = []

    def enter(username=None, size="desktop"):
        context = browser.new_context(viewport=SIZES[size], base_url=live_server.url, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)  # a busy machine is no reason to fail
        page.complaints = []
        page.on("console", lambda line: page.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        if username:
            sign_in(page, username)
        return page

    yield enter
    for context in contexts:
        context.close()


def sign_in(page, username, password=PASSWORD):
    """Sign in on whatever page asks for it."""
    if "/sign-in/" not in page.url:
        page.goto("/sign-in/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)


@pytest.fixture
def axe():
    """Violations that axe finds on a page: (rule, where)."""

    def look(page):
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        return [tuple(found) for found in page.evaluate(VIOLATIONS)]

    return look
