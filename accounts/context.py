"""What the navigation bar of every page needs."""

from typing import Any

from django.http import HttpRequest

from accounts import roles


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Which places the signed-in person may go to; no query."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {}
    return {
        "may_enter": person.may(roles.ENTER),
        "may_check": person.may(roles.CHECK),
        "may_review": person.may(roles.REVIEW),
        "may_read_qc": person.may(roles.READ_QC),
        "may_read_deviations": person.may(roles.READ_DEVIATIONS),
        "may_read_trail": person.may(roles.READ_TRAIL),
        "may_verify": person.may(roles.VERIFY),
        "may_explain": person.may(roles.EXPLAIN),
        "may_export_trail": person.may(roles.EXPORT_TRAIL),
        "may_print_papers": person.may(roles.PRINT_PAPERS),
        "may_read_access": person.may(roles.READ_ACCESS),
        "may_manage_people": person.may(roles.MANAGE_PEOPLE),
        "may_write_masters": person.may(roles.WRITE_MASTERS),
        "may_approve_masters": person.may(roles.APPROVE_MASTERS),
    }
