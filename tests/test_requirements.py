"""docs/requirements.md is what the tests say."""

from tests import requirements


def test_r090_page_of_requirements_is_made_from_the_tests():
    written = requirements.PAGE.read_text(encoding="utf-8")
    assert written == requirements.page(), "Out of date: run python -m tests.requirements"


def test_every_number_has_words_and_every_test_a_known_number():
    numbers = [number for _, group in requirements.requirements() for number in group]
    assert numbers == list(range(1, 100))
    assert set(requirements.proofs()) - set(numbers) == set()


def test_what_no_test_proves_says_so():
    found = requirements.proofs()
    silent = [
        number
        for _, group in requirements.requirements()
        for number, said in group.items()
        if not found.get(number) and not said.get("without_tests")
    ]
    assert silent == []
