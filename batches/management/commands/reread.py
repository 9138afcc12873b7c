"""`manage.py reread`: which stored files the installed readers read otherwise than before."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from audit.refusal import ActionRefused, Reason, ReasonCategory
from batches.files.actions import reread
from batches.files.again import is_same, last_readings, outcome_again
from batches.instruments import Unreadable
from batches.record.models import Attachment, Reading


class Command(BaseCommand):
    help = (
        "Tells which stored files the installed readers read otherwise now. With --by and --reason the "
        "new readings are kept beside the old ones, on batches that are open; no value of an assay changes."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--batch", help="only the files of this batch")
        parser.add_argument("--by", help="user name of the person who answers for keeping them")
        parser.add_argument("--reason", default="", help="why they are read again, in a few words")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and by is None:
            raise CommandError(f"There is no person {options['by']}.")
        read = Reading.objects.exclude(technique="TABLE").values("attachment")
        found = Attachment.objects.filter(pk__in=read).select_related("batch")
        if options["batch"]:
            found = found.filter(batch__number=options["batch"])
        changed = sum(self._told(one, by, options["reason"]) for one in found.order_by("pk").iterator())
        self.stdout.write(f"{changed} of {found.count()} files are read otherwise now.")

    def _told(self, attachment: Attachment, by: User | None, reason: str) -> bool:
        return any([self._told_of(attachment, last, by, reason) for last in last_readings(attachment)])

    def _told_of(self, attachment: Attachment, last: Reading, by: User | None, reason: str) -> bool:
        outcome = outcome_again(attachment, last)
        if is_same(last, outcome):
            return False
        words = str(outcome)
        if not isinstance(outcome, Unreadable):
            old, new = f"{last.reader} {last.reader_version}", f"{outcome.reader} {outcome.reader_version}"
            words = f"{old} before, {new} now."
            if by is not None:
                words += f" {_kept(attachment, outcome, by, reason)}"
        self.stdout.write(f"{attachment.batch.number} {attachment.name}: {words}")
        return True


def _kept(attachment: Attachment, outcome: Any, by: User, reason: str) -> str:
    try:
        why = Reason(ReasonCategory.READ_AGAIN, reason)
        reread(attachment=attachment, outcome=outcome, by=by, reason=why)
    except ActionRefused as refusal:
        return f"Not kept: {refusal}"
    return "Kept beside the old one."
