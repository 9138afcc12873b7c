"""`manage.py add_person`: the first administrator of a real installation, and others without a browser."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import actions
from accounts.forms import ROLES_OF_PEOPLE
from audit.refusal import ActionRefused


class Command(BaseCommand):
    help = "Registers a person with a first password, which they change after signing in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="printed name, as it stands on signatures")
        parser.add_argument("--role", required=True, choices=[code for code, _ in ROLES_OF_PEOPLE])
        parser.add_argument(
            "--identity",
            default="",
            help='how it was made sure who it is, such as "passport seen"; roles that sign need it',
        )
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input, one line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        password = _read_line() if options["password_stdin"] else _ask_twice()
        actor = actions.command_line()
        try:
            person = actions.add_person(
                username=options["username"],
                printed_name=options["name"],
                role=options["role"],
                identity=options["identity"],
                password=password,
                by=actor,
            )
        except ActionRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{person.username} ({person.get_role_display()}) can sign in now.")


def _read_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _ask_twice() -> str:
    """A password typed twice alike. Raises CommandError when the two differ."""
    password = getpass.getpass("Password (at least 15 characters): ")
    if getpass.getpass("The same again: ") != password:
        raise CommandError("The two passwords differ. Nobody was added.")
    return password
