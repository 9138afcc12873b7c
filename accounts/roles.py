"""Roles and what each may do; the one place where that is decided."""

from django.db import models


class Role(models.TextChoices):
    """What a person does in the laboratory. One role a person."""

    OPERATOR = "operator", "Operator"
    REVIEWER = "reviewer", "QC reviewer"
    QA = "qa", "Quality assurance"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"
    SYSTEM = "system", "System actor"


# Entering and checking: everybody who works on the record. An administrator manages people and settings
# and can't enter, check or sign; an auditor reads.
ENTER = frozenset({Role.OPERATOR, Role.REVIEWER, Role.QA})
CHECK = ENTER
REVIEW = frozenset({Role.REVIEWER, Role.QA})
READ_QC = REVIEW | {Role.AUDITOR}
WRITE_MASTERS = frozenset({Role.REVIEWER, Role.QA})
APPROVE_MASTERS = frozenset({Role.QA})
MANAGE_PEOPLE = frozenset({Role.ADMINISTRATOR})
READ_TRAIL = frozenset({Role.AUDITOR, Role.REVIEWER, Role.QA, Role.ADMINISTRATOR})
EXPORT_TRAIL = frozenset({Role.AUDITOR, Role.QA})
# An administrator keeps the database and is not the one who says that it is in order.
VERIFY = READ_TRAIL - {Role.ADMINISTRATOR}
EXPLAIN = frozenset({Role.QA})
# Who had which access on a day: who gives it, and who checks that it was given rightly.
READ_ACCESS = frozenset({Role.ADMINISTRATOR, Role.QA, Role.AUDITOR})
# Everybody who works on the record opens deviations and writes in them; who checks the work says how severe
# one is. Quality assurance alone makes one less severe, and closes major and critical ones.
READ_DEVIATIONS = ENTER | {Role.AUDITOR}
CLASS_DEVIATIONS = REVIEW
LOWER_DEVIATIONS = frozenset({Role.QA})
CLOSE_MINOR_DEVIATIONS = REVIEW
CLOSE_DEVIATIONS = frozenset({Role.QA})
EXPORT_DEVIATIONS = READ_QC
# Who reviews issues certificates; who works on the record or audits it takes copies along: certificates, the
# whole record, the sheet for EV-TRACK.
ISSUE_CERTIFICATES = REVIEW
PRINT_PAPERS = ENTER | {Role.AUDITOR}
# Who signs for a batch, or for what batches are made by. Such a role is given to verified people only.
SIGN = REVIEW | APPROVE_MASTERS | CLOSE_DEVIATIONS
EVERYBODY = frozenset(Role) - {Role.SYSTEM}
