"""Every attack that is declared, in the order of the page."""

from importlib import import_module

from tests.audit.attacks.attacking import ATTACKS

FILES = ("test_values", "test_entries", "test_ledger", "test_surroundings")


def attacks():
    """The attacks by the name of their test."""
    for name in FILES:
        import_module(f"tests.audit.attacks.{name}")
    ordered = sorted(ATTACKS, key=lambda name: FILES.index(name.split("::")[0]))
    return {name: ATTACKS[name] for name in ordered}
