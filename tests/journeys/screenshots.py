"""`make screenshots`: the README's pictures, taken from a running product with its example data.

The picture of an unexplained change needs one: make it as the README's tour says. A page that is not
there keeps the picture it has.
"""

import argparse
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journeys.browser import CHROMIUM, QUIET, SIZES

EXAMPLE_PASSWORD = "exoledger example"

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
FIND = {
    "batch": "/batches/?disposition=released&product=MSC-EV",
    "open": "/batches/?status=in_process&product=CB-EV",
    "review": "/batches/?status=in_review",
    "pool": "/batches/?disposition=released&product=EV-MIX",
}
# file name: (who, size, address; {batch} is the first batch of that search)
SHOTS = {
    "batch-list": ("operator1", "desktop", "/batches/"),
    "batch": ("operator1", "desktop", "/batches/{batch}/"),
    "step": ("operator1", "tablet", "/batches/{open}/steps/2/#value-rcf_xg"),
    "nta": ("operator1", "desktop", "/batches/{batch}/assays/1/"),
    "source": ("operator1", "desktop", "/sources/"),
    "master": ("qa1", "desktop", "/masters/"),
    "qc-queue": ("reviewer1", "desktop", "/qc/"),
    "review": ("reviewer2", "desktop", "/qc/{review}/"),
    "files": ("operator1", "desktop", "/batches/EXO-2026-0012/files/"),
    "sizes": (
        "operator1",
        "desktop",
        "/batches/{batch}/sizes/?assay=1&assay=2&beside=EXO-2026-0004&beside=EXO-2026-0006",
    ),
    "gel": ("operator1", "desktop", "/batches/EXO-2026-0003/assays/5/gel/"),
    "plate": ("operator1", "desktop", "/batches/PLA-2026-0002/assays/3/plate/"),
    "micrograph": ("operator1", "desktop", "{micrograph}"),
    "markers": ("reviewer1", "desktop", "/products/MSC-EV/markers/"),
    "origins": ("operator1", "desktop", "/batches/{pool}/origins/"),
    "parts": ("operator1", "desktop", "/batches/{pool}/parts/"),
    "stability": ("operator1", "desktop", "/stability/"),
    "bank": ("operator1", "desktop", "/sources/banks/WCB-HEKG-01/"),
    "controls": ("reviewer1", "desktop", "/trends/controls/chart/?value=size_nm"),
    "recovery": ("operator1", "desktop", "/batches/{batch}/recovery/"),
    "reporting": ("operator1", "desktop", "/batches/{batch}/reporting/"),
    "similarity": ("reviewer1", "desktop", "/batches/{batch}/similarity/"),
    "trend": ("reviewer1", "desktop", "/trends/DAY-EV/mode_nm/"),
    "trail": ("auditor1", "desktop", "/trail/"),
    "entry": ("auditor1", "desktop", "/trail/300/"),
    "checkpoint": ("auditor1", "desktop", "/trail/checkpoint/"),
    "deviation": ("qa1", "desktop", "/deviations/DEV-2026-0001/"),
    "unexplained": ("qa1", "desktop", "/trail/unexplained/1/"),
    "people": ("admin1", "desktop", "/people/"),
}


def take(port):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        known = {}
        for name, (person, size, address) in SHOTS.items():
            page = signed_in(browser, port, person, size)
            answer = page.goto(address.format(**found(page, address, known)))
            if answer.ok:
                page.screenshot(path=PICTURES / f"{name}.png")
            page.context.close()
            print(name, page.url)
        browser.close()


def signed_in(browser, port, person, size):
    page = browser.new_context(viewport=SIZES[size], base_url=f"http://127.0.0.1:{port}").new_page()
    page.goto("/sign-in/")
    page.get_by_label("User name").fill(person)
    page.get_by_label("Password").fill(EXAMPLE_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/batches/")
    return page


def found(page, address, known):
    """Numbers of the first batches that fit what the address asks for."""
    for word, search in FIND.items():
        if f"{{{word}}}" in address and word not in known:
            page.goto(search)
            known[word] = page.locator("tbody th a").first.inner_text()
    if address == "{micrograph}":
        page.goto("/batches/EXO-2026-0003/assays/6/")
        known["micrograph"] = page.get_by_role("link", name="Look closely").first.get_attribute("href")
    return known


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=8000)
    take(arguments.parse_args().port)
