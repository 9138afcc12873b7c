"""The people of the example laboratory: roles, never real persons."""

from dataclasses import dataclass

from accounts.actions import add_person, system_actor
from accounts.example import EXAMPLE_PASSWORD
from accounts.models import User
from accounts.roles import Role

PEOPLE = (
    ("operator1", "Operator One", Role.OPERATOR),
    ("operator2", "Operator Two", Role.OPERATOR),
    ("reviewer1", "Reviewer One", Role.REVIEWER),
    ("reviewer2", "Reviewer Two", Role.REVIEWER),
    ("qa1", "QA One", Role.QA),
    ("qa2", "QA Two", Role.QA),
    ("auditor1", "Auditor One", Role.AUDITOR),
    ("admin1", "Administrator One", Role.ADMINISTRATOR),
)
USERNAMES = tuple(username for username, _, _ in PEOPLE)


@dataclass(frozen=True)
class Staff:
    """Who works in the example laboratory."""

    operators: tuple[User, User]
    reviewers: tuple[User, User]
    qa: tuple[User, User]

    def shift(self, at: int) -> tuple[User, User]:
        """Who does batch number `at` and who checks it: the operators take turns."""
        one, other = self.operators
        return (one, other) if at % 2 == 0 else (other, one)

    def reviewer(self, at: int) -> User:
        """Who reviews batch number `at`."""
        return (*self.reviewers, self.qa[0])[at % 3]


def register_people() -> Staff:
    """Register everybody with the example password. Needs a transaction."""
    actor = system_actor("example_data", "Example data")
    people = {
        username: add_person(
            username=username,
            printed_name=name,
            role=role,
            password=EXAMPLE_PASSWORD,
            identity="Example person",
            is_example=True,
            by=actor,
        )
        for username, name, role in PEOPLE
    }
    return Staff(
        operators=(people["operator1"], people["operator2"]),
        reviewers=(people["reviewer1"], people["reviewer2"]),
        qa=(people["qa1"], people["qa2"]),
    )
